from datetime import timedelta
from typing import Any

import pytest

from app.contract.jobs import Job, JobStatus
from app.contract.updates import Update
from app.contract.workers import WorkerInfo
from app.estimates.quantiles import Quantiles
from app.estimates.waiting import Typical, wait_before
from tests.app.conftest import a_progress
from tests.app.estimates.samples import NOW, sample
from tests.stores.new_jobs import new_job

TEN_SECONDS = [sample(setup_seconds=1.0, predict_seconds=9.0)] * 8
WORKERS = [WorkerInfo(name="a"), WorkerInfo(name="b")]


def running(worker: str = "a", eta_s: float | None = None, **changes: Any) -> Job:
    progress: Update | None = None
    if eta_s is not None:
        progress = a_progress(eta_s).model_copy(update={"updated_at": NOW})
    values: dict[str, Any] = {
        "status": JobStatus.PROCESSING,
        "revision": 3,
        "attempt": 1,
        "created_at": NOW,
        "started_at": NOW,
        "worker": worker,
        "progress": progress,
        **changes,
    }
    return Job(**new_job().model_dump(), **values)


def wait(
    ahead: int,
    jobs: list[Job] | None = None,
    workers: list[WorkerInfo] = WORKERS,
    samples: list[Any] = TEN_SECONDS,
) -> Quantiles | None:
    return wait_before(
        ahead, workers=workers, running=jobs or [], typical=Typical.of(samples), now=NOW
    )


def p50(found: Quantiles | None) -> float:
    assert found is not None
    return found.p50


def test_an_idle_worker_begins_at_once_and_needs_no_experience() -> None:
    assert wait(0, samples=[]) == (0.0, 0.0)
    assert wait(1) == (0.0, 0.0)
    assert wait(0, [running(eta_s=60)], samples=[]) == (0.0, 0.0)


def test_without_a_worker_nobody_knows() -> None:
    assert wait(0, workers=[]) is None


def test_a_job_begins_when_the_first_worker_is_free() -> None:
    jobs = [running("a", eta_s=30), running("b", eta_s=4)]
    assert p50(wait(0, jobs)) == 4.0
    assert p50(wait(1, jobs)) == 14.0  # the first of the queue took b for ten seconds
    assert p50(wait(3, jobs)) == 30.0  # b again and again, and then a is free


def test_time_since_the_last_report_is_taken_off() -> None:
    late = a_progress(30).model_copy(update={"updated_at": NOW - timedelta(seconds=20)})
    one = [WorkerInfo(name="a")]
    assert p50(wait(0, [running(progress=late)], one)) == 10.0
    gone = late.model_copy(update={"eta_seconds": 3.0})
    assert p50(wait(0, [running(progress=gone)], one)) == 0.0


def test_a_job_that_has_not_reported_takes_as_long_as_others_did() -> None:
    one = [WorkerInfo(name="a")]
    begun = running(started_at=NOW - timedelta(seconds=4))
    assert p50(wait(0, [begun], one)) == 6.0
    assert wait(0, [begun], one, samples=[]) is None


@pytest.mark.parametrize("wanted", ["cancel_requested_at", "finish_requested_at"])
def test_a_job_that_was_told_to_stop_is_as_good_as_over(wanted: str) -> None:
    jobs = [running(eta_s=500, **{wanted: NOW})]
    assert p50(wait(0, jobs, [WorkerInfo(name="a")])) == 0.0


def test_jobs_of_workers_that_fell_silent_keep_nobody_busy() -> None:
    assert wait(0, [running("lost", eta_s=500)], [WorkerInfo(name="a")]) == (0, 0)


def test_the_less_alike_jobs_are_the_later_it_may_become() -> None:
    mixed = [sample(predict_seconds=s) for s in (1.0, 17.0)] * 4
    one, busy = [WorkerInfo(name="a")], [running(eta_s=5)]
    steady, unsteady = wait(4, busy, one), wait(4, busy, one, mixed)
    assert steady is not None
    assert unsteady is not None
    assert steady.p90 == pytest.approx(steady.p50)
    assert unsteady.p50 == pytest.approx(steady.p50)
    # sqrt(5) standard deviations of 8 s, times 1.28
    assert unsteady.p90 == pytest.approx(unsteady.p50 + 22.9, abs=0.1)
