"""Who hears a bell and leaves a job waiting wakes another worker."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from app.contract.jobs import JobStatus
from app.contract.kind import Lane
from tests.fakes.runner import FakeRunner
from tests.kinds.echo.runner import EchoRunner
from tests.kinds.echo.test_worker import EchoHarness
from worker.attempt.handler import JobHandler
from worker.queue import tasks
from worker.queue.tasks import ResidentWorker


@dataclass
class Bells:
    rung: list[str] = field(default_factory=list)

    def ring_if_none_rings(self, job_id: str, lane: Lane) -> None:
        self.rung.append(job_id)


def resident(handler: JobHandler) -> tuple[ResidentWorker, list[str]]:
    bells: Any = Bells()
    nobody: Any = None
    return ResidentWorker(handler, nobody, bells), bells.rung


def test_bell_of_a_job_for_others_is_passed_on_but_not_round_and_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = EchoHarness()
    job_id = harness.order()
    worker, rung = resident(harness.handler({"image": FakeRunner()}))
    worker.hear(job_id)
    worker.hear(job_id)
    assert rung == [job_id]
    monkeypatch.setattr(tasks, "_PAUSE_S", 0)
    worker.hear(job_id)
    assert rung == [job_id] * 2


def test_worker_that_has_run_a_job_rings_for_the_next() -> None:
    harness = EchoHarness()
    first, second = harness.order(), harness.order()
    worker, rung = resident(harness.worker(EchoRunner()))
    worker.hear(second)
    assert harness.ledger.get(first).status is JobStatus.SUCCEEDED
    assert len(rung) == 1
    worker.hear(first)
    assert harness.ledger.get(second).status is JobStatus.SUCCEEDED
    assert len(rung) == 1, "nothing waits"
