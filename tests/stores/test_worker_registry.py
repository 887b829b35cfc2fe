"""One suite for the registry in Redis and its fake."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from app.contract.ports import LedgerUnavailableError, WorkerRegistry
from app.contract.workers import WorkerInfo
from app.stores.connections import connect
from app.stores.worker_registry import RedisWorkerRegistry
from tests.fakes import MemoryWorkerRegistry
from tests.ledgers import ScratchLedger
from tests.stores.harness import LONG_S, RULES


@dataclass
class Stand:
    """A registry and the means to let time pass for it."""

    worker_registry: WorkerRegistry
    pass_time: Callable[[float], None]


@pytest.fixture(params=["memory", "redis"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    if request.param == "memory":
        now = [time.time()]

        def pass_time(seconds: float) -> None:
            now[0] += seconds

        yield Stand(MemoryWorkerRegistry(RULES, clock=lambda: now[0]), pass_time)
        return
    ledger = ScratchLedger(RULES, stands_still=True)
    yield Stand(ledger.worker_registry, ledger.clock.wait)


def names_of(stand: Stand) -> list[str]:
    return [info.name for info in stand.worker_registry.workers()]


def test_worker_counts_as_live_until_it_is_silent_for_too_long(stand: Stand) -> None:
    assert names_of(stand) == []
    for name in ("b", "a", "b"):
        stand.worker_registry.announce(WorkerInfo(name=name))
    assert names_of(stand) == ["a", "b"]
    stand.worker_registry.forget("b")
    assert names_of(stand) == ["a"], "it said that it leaves"
    stand.pass_time(LONG_S)
    assert names_of(stand) == []
    stand.worker_registry.announce(WorkerInfo(name="c"))
    assert names_of(stand) == ["c"]


def test_info_tells_what_the_worker_last_said(stand: Stand) -> None:
    stand.worker_registry.announce(WorkerInfo(name="a", device="cpu"))
    stand.worker_registry.announce(
        WorkerInfo(name="a", device="cuda:0", job_id="job_1")
    )
    (info,) = stand.worker_registry.workers()
    assert (info.device, info.job_id) == ("cuda:0", "job_1")
    assert info.seen_at is not None
    assert abs(info.seen_at.timestamp() - time.time()) < 5


def test_absence_is_explained_for_a_while_or_until_a_worker_is_there(
    stand: Stand,
) -> None:
    worker_registry = stand.worker_registry
    assert worker_registry.explanation() is None
    worker_registry.explain("one starts", LONG_S / 2)
    worker_registry.explain("one could not start", LONG_S / 2)
    assert worker_registry.explanation() == "one could not start"
    worker_registry.announce(WorkerInfo(name="a"))
    assert worker_registry.explanation() is None, "what is there needs none"
    worker_registry.explain("one could not start", LONG_S / 2)
    stand.pass_time(LONG_S)
    assert worker_registry.explanation() is None


def test_dead_redis_is_an_error_of_the_port(tmp_path) -> None:
    worker_registry = RedisWorkerRegistry(
        connect(f"unix://{tmp_path}/nobody.sock"), RULES
    )
    for ask in (
        *(
            worker_registry.workers,
            worker_registry.explanation,
            lambda: worker_registry.explain("why", 1),
        ),
        lambda: worker_registry.announce(WorkerInfo(name="a")),
    ):
        with pytest.raises(LedgerUnavailableError):
            ask()


def test_worker_that_was_silent_for_too_long_is_there_again_once_it_speaks(
    stand: Stand,
) -> None:
    """A host that sleeps, or whose network fails, comes back under its old name."""
    info = WorkerInfo(name="a", device="cpu", job_id="job_1")
    stand.worker_registry.announce(info)
    stand.pass_time(LONG_S)
    stand.worker_registry.announce(WorkerInfo(name="b"))
    assert names_of(stand) == ["b"], "its entry is forgotten, too"
    stand.worker_registry.announce(info)
    stand.worker_registry.announce(WorkerInfo(name="b"))
    (back, _) = stand.worker_registry.workers()
    assert (back.name, back.device, back.job_id) == ("a", "cpu", "job_1")
