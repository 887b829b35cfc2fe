"""A job that no live worker can do says what is missing, where one would look."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.contract.kind import Lane, Needs
from app.contract.ports import Waiting
from app.contract.workers import MemoryNeed, WorkerInfo
from app.estimates.hints import PATIENCE, hint_for
from app.operations.dependencies import OperationsDependencies
from tests.app.conftest import ApiHarness
from tests.stores.new_jobs import new_job

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ABLE = WorkerInfo(
    name="able",
    kinds=("image",),
    networks=("vgg19",),
    device="cpu",
    memory_total_bytes=1000,
    memory_free_bytes=400,
    memory_needs={
        "whole": MemoryNeed(base_bytes=100, bytes_per_pixel=4),
        "tiles": MemoryNeed(base_bytes=100, bytes_per_pixel=2),
    },
)


def waiting(seconds: float = 61.0, **changes: Any) -> Waiting:
    since = NOW - timedelta(seconds=seconds)
    job = Waiting("image", Lane.LONG, Needs(network="vgg19", units=150), (), since)
    return job._replace(**changes)


def missing(job: Waiting, *infos: WorkerInfo) -> list[str] | None:
    hint = hint_for(job, infos, NOW)
    return None if hint is None else hint.missing


def test_a_job_that_a_worker_can_do_has_no_hint() -> None:
    assert missing(waiting(), ABLE) is None
    assert missing(waiting(), ABLE.model_copy(update={"kinds": ()}), ABLE) is None


def test_a_minute_is_no_cause_for_worry() -> None:
    assert timedelta(minutes=1) == PATIENCE
    assert missing(waiting(59.0)) is None
    assert missing(waiting(61.0)) == ["worker"]


@pytest.mark.parametrize(
    ("changes", "names", "word"),
    [
        ({"kind": "film"}, ["kind"], "kind film"),
        ({"lane": Lane.SHORT}, ["lane"], "lane short"),
        ({"needs": Needs(network="vgg16")}, ["network"], "network vgg16"),
        ({"needs": Needs(device="cuda:0")}, ["device"], "device cuda:0"),
        ({"needs": Needs(memory="whole", units=76)}, ["memory"], "whole"),
        ({"needs": Needs(units=151)}, ["memory"], "151 units"),
        ({"unable": ("able",)}, ["unable"], "found out"),
        (
            {"kind": "film", "needs": Needs(network="vgg16")},
            ["kind", "network"],
            "kind film, the network vgg16",
        ),
    ],
)
def test_a_hint_names_what_is_missing(
    changes: dict[str, Any], names: list[str], word: str
) -> None:
    job = waiting(**changes)
    long_alone = ABLE.model_copy(update={"lanes": (Lane.LONG,)})
    assert missing(job, long_alone) == names
    hint = hint_for(job, [long_alone], NOW)
    assert hint is not None
    assert hint.code == "no_worker_for_this_job"
    assert word in hint.detail


def test_the_worker_that_comes_closest_is_told_of() -> None:
    far = ABLE.model_copy(update={"kinds": (), "networks": (), "name": "far"})
    assert missing(waiting(needs=Needs(network="vgg16")), far, ABLE) == ["network"]


def test_a_busy_worker_has_all_of_its_memory_when_it_is_idle() -> None:
    busy = ABLE.model_copy(update={"job_id": "job_1"})
    assert missing(waiting(needs=Needs(units=450)), ABLE) == ["memory"]
    assert missing(waiting(needs=Needs(units=450)), busy) is None


def test_what_a_worker_does_not_tell_of_memory_misses_nothing() -> None:
    silent = ABLE.model_copy(update={"memory_needs": {}})
    assert missing(waiting(needs=Needs(units=10**9)), silent) is None


def test_job_queue_and_readiness_tell_of_a_job_that_nobody_can_do(
    build_api: Callable[..., ApiHarness],
) -> None:
    api = build_api()
    operations = api.service(OperationsDependencies)
    operations.state._max_age_s = 0  # look anew each time
    api.worker_registry.announce(ABLE)
    job = new_job().model_copy(update={"needs": Needs(network="vgg16")})
    api.ledger.create(job)
    assert told(api, job.id) == [None] * 3
    operations.estimator._now = lambda: datetime.now(UTC) + PATIENCE
    hints = told(api, job.id)
    assert [each["missing"] for each in hints] == [["network"]] * 3
    assert {each["code"] for each in hints} == {"no_worker_for_this_job"}
    api.worker_registry.announce(ABLE.model_copy(update={"networks": ("vgg16",)}))
    assert told(api, job.id) == [None] * 3


def told(api: ApiHarness, job_id: str) -> list[Any]:
    """Return the hints of the job, the queue and the readiness; it is ready always."""
    (listed,) = api.client.get("/v1/jobs").json()["data"]
    assert listed["id"] == job_id
    ready = api.client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    queue = api.client.get("/v1/queue").json()
    return [listed["queue"]["hint"], queue["hint"], ready.json()["hint"]]


def test_the_queue_tells_of_both_lanes(api: ApiHarness) -> None:
    api.worker_registry.announce(ABLE)
    short = {"name": "quick", "lanes": (Lane.SHORT,), "memory_needs": {}}
    quick = ABLE.model_copy(update=short)
    api.worker_registry.announce(quick)
    job = new_job()
    api.ledger.create(*(new_job() for _ in range(2)))
    api.ledger.create(job.model_copy(update={"lane": Lane.SHORT}))
    api.ledger.claim("", "quick", quick.offer)
    body = api.client.get("/v1/queue").json()
    assert (body["depth"], body["running"], body["workers"]) == (2, 1, 2)
    lanes = body["lanes"].items()
    assert {
        lane: (each["depth"], each["running"], each["workers"]) for lane, each in lanes
    } == {"short": (0, 1, 2), "long": (2, 0, 1)}
    # An idle worker serves both, and nothing waits in the short one.
    waits = {lane: each["estimated_wait_seconds"] for lane, each in lanes}
    assert waits == {"short": {"p50": 0.0, "p90": 0.0}, "long": None}


def test_workers_tell_what_they_serve(api: ApiHarness) -> None:
    api.worker_registry.announce(ABLE.model_copy(update={"lanes": (Lane.LONG,)}))
    (worker,) = api.client.get("/v1/workers").json()["data"]
    assert (worker["kinds"], worker["lanes"]) == (["image"], ["long"])
