"""How the service stands: who waits, who works, and who has gone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.contract.workers import WorkerInfo
from app.operations.dependencies import OperationsDependencies
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import ApiHarness, a_progress, an_outcome
from tests.app.estimates.samples import sample
from tests.fakes import MemoryWorkerRegistry

IDLE = {"depth": 0, "running": 0, "workers": 0, "estimated_wait_seconds": None}


def test_an_empty_service_is_idle(api: ApiHarness) -> None:
    assert api.client.get("/v1/queue").json() == {
        "object": "queue",
        "depth": 0,
        "limit": 100,
        "running": 0,
        "workers": 0,
        "median_wait_seconds": None,
        "median_run_seconds": None,
        "estimated_wait_seconds": None,
        "steps_per_second": 0.0,
        "lanes": dict.fromkeys(("short", "long"), IDLE),
        "hint": None,
    }


def test_the_queue_tells_who_waits_and_how_long_that_takes(api: ApiHarness) -> None:
    job_id = api.running()
    done = sample(setup_seconds=1.0, predict_seconds=9.0)
    assert api.ledger.succeed(job_id, 1, an_outcome(job_id, 1), done)
    api.running(a_progress(eta_s=5.0))
    api.queued()
    api.queued()
    api.worker_registry.announce(WorkerInfo(name="another", device="cpu"))
    body = api.client.get("/v1/queue").json()
    assert (body["depth"], body["running"], body["workers"]) == (2, 1, 1)
    assert body["median_run_seconds"] == 10.0
    assert 0 < body["median_wait_seconds"] <= 0.1
    # Two wait, the worker that is alive is idle: 20 seconds until a third begins.
    assert body["estimated_wait_seconds"]["p50"] == 20.0
    assert body["steps_per_second"] == 10.0


def test_workers_tell_what_they_are(api: ApiHarness) -> None:
    info = WorkerInfo(
        name="w", device="cuda:0", memory_total_bytes=80, job_id="job_1", threads=4
    )
    api.worker_registry.announce(info)
    (worker,) = api.client.get("/v1/workers").json()["data"]
    assert worker["name"] == "w"
    assert worker["device"] == "cuda:0"
    assert worker["memory_total_bytes"] == 80
    assert worker["memory_free_bytes"] is None
    assert worker["job_id"] == "job_1"
    assert 0 <= worker["heartbeat_age_seconds"] < 5
    seen = datetime.fromisoformat(worker["seen_at"])
    assert datetime.now(UTC) - seen < timedelta(seconds=5)


def test_a_worker_that_vanished_is_told_nowhere_and_one_that_came_back_is(
    build_api: Callable[..., ApiHarness],
) -> None:
    now_s = [time.time()]
    worker_registry = MemoryWorkerRegistry(clock=lambda: now_s[0])
    api = build_api(worker_registry=worker_registry)
    api.service(OperationsDependencies).state._max_age_s = 0  # look anew each time
    worker_registry.announce(WorkerInfo(name="gone", device="cpu"))
    now_s[0] += LedgerRules().worker_patience_s + 1
    worker_registry.announce(WorkerInfo(name="stays", device="cpu"))
    assert told(api) == (["stays"], 1, False)
    worker_registry.announce(WorkerInfo(name="gone", device="cpu"))
    assert told(api) == (["gone", "stays"], 2, True)


def told(api: ApiHarness) -> tuple[list[str], int, bool]:
    """Return the workers, how many the queue counts, and whether metrics name one."""
    workers = api.client.get("/v1/workers").json()["data"]
    count = api.client.get("/v1/queue").json()["workers"]
    metrics = api.client.get("/metrics").text
    return [each["name"] for each in workers], count, 'worker="gone"' in metrics
