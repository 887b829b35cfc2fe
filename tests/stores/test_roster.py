"""One suite for the roster in Redis and its twin."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from app.contract.ports import LedgerUnavailableError, Roster
from app.contract.workers import WorkerCard
from app.stores.connections import connect
from app.stores.memory import MemoryRoster
from app.stores.roster import RedisRoster
from tests.stores.bench import LONG_S, RULES


@dataclass
class Stand:
    """A roster and the means to let time pass for it."""

    roster: Roster
    pass_time: Callable[[float], None]


@pytest.fixture(params=["memory", "redis"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    if request.param == "memory":
        now = [time.time()]

        def pass_time(seconds: float) -> None:
            now[0] += seconds

        yield Stand(MemoryRoster(RULES, clock=lambda: now[0]), pass_time)
        return
    client = connect(request.getfixturevalue("valkey_url"))
    client.flushall()
    yield Stand(RedisRoster(client, RULES), time.sleep)
    client.close()


def names_of(stand: Stand) -> list[str]:
    return [card.name for card in stand.roster.workers()]


def test_worker_counts_as_live_until_it_is_silent_for_too_long(stand: Stand) -> None:
    assert names_of(stand) == []
    for name in ("b", "a", "b"):
        stand.roster.announce(WorkerCard(name=name))
    assert names_of(stand) == ["a", "b"]
    stand.roster.forget("b")
    assert names_of(stand) == ["a"], "it said that it leaves"
    stand.pass_time(LONG_S)
    assert names_of(stand) == []
    stand.roster.announce(WorkerCard(name="c"))
    assert names_of(stand) == ["c"]


def test_card_tells_what_the_worker_last_said(stand: Stand) -> None:
    stand.roster.announce(WorkerCard(name="a", device="cpu"))
    stand.roster.announce(WorkerCard(name="a", device="cuda:0", job_id="job_1"))
    (card,) = stand.roster.workers()
    assert (card.device, card.job_id) == ("cuda:0", "job_1")
    assert card.seen_at is not None
    assert abs(card.seen_at.timestamp() - time.time()) < 5


def test_absence_is_explained_for_a_while_or_until_a_worker_is_there(
    stand: Stand,
) -> None:
    roster = stand.roster
    assert roster.explanation() is None
    roster.explain("one starts", LONG_S / 2)
    roster.explain("one could not start", LONG_S / 2)
    assert roster.explanation() == "one could not start"
    roster.announce(WorkerCard(name="a"))
    assert roster.explanation() is None, "what is there needs none"
    roster.explain("one could not start", LONG_S / 2)
    stand.pass_time(LONG_S)
    assert roster.explanation() is None


def test_dead_redis_is_an_error_of_the_port(tmp_path) -> None:
    roster = RedisRoster(connect(f"unix://{tmp_path}/nobody.sock"), RULES)
    for ask in (
        *(roster.workers, roster.explanation, lambda: roster.explain("why", 1)),
        lambda: roster.announce(WorkerCard(name="a")),
    ):
        with pytest.raises(LedgerUnavailableError):
            ask()


def test_worker_that_was_silent_for_too_long_is_there_again_once_it_speaks(
    stand: Stand,
) -> None:
    """A host that sleeps, or whose network fails, comes back under its old name."""
    card = WorkerCard(name="a", device="cpu", job_id="job_1")
    stand.roster.announce(card)
    stand.pass_time(LONG_S)
    stand.roster.announce(WorkerCard(name="b"))
    assert names_of(stand) == ["b"], "its card is forgotten, too"
    stand.roster.announce(card)
    stand.roster.announce(WorkerCard(name="b"))
    (back, _) = stand.roster.workers()
    assert (back.name, back.device, back.job_id) == ("a", "cpu", "job_1")
