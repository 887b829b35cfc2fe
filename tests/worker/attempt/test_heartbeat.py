"""What goes out with the beats and what comes back with them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from app.contract.jobs import JobStatus
from app.contract.messages.events import EventKind
from app.contract.ports import Beat, BeatReply, Claim, LedgerUnavailableError
from app.contract.updates import Row, Update
from tests.fakes.runner import FakeRunner
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import a_row, metrics
from tests.worker.harness import SETTINGS, WorkerHarness
from worker.attempt.heartbeat import Heartbeat
from worker.runners.control import Control, StopReason

HOUR_S = 3600.0


@dataclass
class HeardLedger:
    """Answers each beat with the next order; notes what came."""

    orders: list[BeatReply] = field(default_factory=list)
    away: int = 0
    heard: list[tuple[Update | None, list[Row]]] = field(default_factory=list)

    def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
        if self.away:
            self.away -= 1
            raise LedgerUnavailableError("restarting")
        self.heard.append((progress, list(losses)))
        return Beat(self.orders.pop(0) if self.orders else BeatReply.GO_ON)

    def steps(self) -> list[list[int]]:
        return [[point.step for point in points] for _, points in self.heard]


def heart(
    ledger: HeardLedger, control: Control | None = None, **settings: float
) -> Heartbeat:
    """A heart that beats only when it is told to, unless `settings` says otherwise."""
    names = ("beat_interval_s", "progress_interval_s", "stall_s", "time_limit_s")
    whole = SETTINGS.model_copy(update={**dict.fromkeys(names, HOUR_S), **settings})
    its = (Claim("job_1", 2), control or Control(), whole)
    return Heartbeat(ledger, *its, lambda: None)  # type: ignore[arg-type]  # all that it asks of a ledger


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def progress_at(step: int) -> Update:
    return Update(
        fraction=step / 10,
        step=step,
        total_steps=10,
        stage=1,
        total_stages=1,
        metrics=metrics(10 - step, 1, 2, 3),
        details={"width": 64, "height": 48},
        steps_per_second=1,
        elapsed_seconds=step,
        eta_seconds=10 - step,
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_a_beat_carries_the_newest_progress_and_the_losses_of_every_step() -> None:
    ledger = HeardLedger()
    beating = heart(ledger)
    for step in (1, 2, 3):
        beating.report(progress_at(step))
    beating.beat()
    beating.beat()
    (progress, points), nothing = ledger.heard
    assert progress == progress_at(3)
    assert points == [a_row(step, 1, 10 - step, 1, 2, 3) for step in (1, 2, 3)]
    assert nothing == (None, [])


def test_what_an_absent_ledger_did_not_hear_is_said_again_in_order() -> None:
    ledger = HeardLedger(away=2)
    beating = heart(ledger)
    for step in (1, 2, 3):
        beating.report(progress_at(step))
        beating.beat()
    assert ledger.steps() == [[1, 2, 3]]
    assert ledger.heard[0][0] == progress_at(3)


def test_fault_of_ours_ends_no_heartbeat_and_loses_no_point(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Faulty(HeardLedger):
        faults = 3

        def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
            if progress is not None and self.faults:
                self.faults -= 1
                raise ZeroDivisionError
            return super().beat(job_id, attempt, progress, losses, obeyed, applied)

    ledger, control = Faulty(), Control()
    with heart(
        ledger, control, beat_interval_s=0.01, progress_interval_s=0.0
    ) as beating:
        beating.report(progress_at(1))
        wait_until(lambda: [1] in ledger.steps())
        ledger.orders.append(BeatReply.CANCEL)
        wait_until(lambda: control.stop_reason is StopReason.CANCELED)
    assert ledger.steps().count([1]) == 1
    told = [record.message for record in caplog.records]
    assert told == ["job_id=job_1 attempt=2 no beat: a fault of ours"], "once"
    assert "ZeroDivisionError" in caplog.text


def test_newest_progress_is_not_replaced_by_one_put_back() -> None:
    class Slow(HeardLedger):
        def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
            if progress is not None and progress.step == 1 and self.away:
                beating.report(progress_at(2))  # while the question is on its way
            return super().beat(job_id, attempt, progress, losses, obeyed, applied)

    ledger = Slow(away=1)
    beating = heart(ledger)
    beating.report(progress_at(1))
    beating.beat()
    beating.beat()
    assert ledger.heard == [
        (progress_at(2), [a_row(1, 1, 9, 1, 2, 3), a_row(2, 1, 8, 1, 2, 3)])
    ]


def test_what_was_asked_before_the_start_is_known_at_once() -> None:
    control = Control()
    with heart(HeardLedger(orders=[BeatReply.FINISH]), control):
        assert control.is_finishing
        control.check()
    control = Control()
    with heart(HeardLedger(orders=[BeatReply.CANCEL]), control):
        assert control.stop_reason is StopReason.CANCELED
        assert not control.is_finishing


def test_orders_are_read_more_often_than_progress_is_told() -> None:
    harness = WorkerHarness(
        FakeRunner(step_s=0.01),
        SETTINGS.model_copy(
            update={"beat_interval_s": 0.02, "progress_interval_s": 0.2}
        ),
    )
    job_id = harness.submit(steps=60)
    queued = harness.ledger.feed.history(job_id, None).last_id
    beats = 0
    beat_ = harness.ledger.beat

    def counted(*args, **named):
        nonlocal beats
        beats += 1
        return beat_(*args, **named)

    harness.ledger.beat = counted  # type: ignore[method-assign]  # to look on
    began_s = time.monotonic()
    harness.handler.handle(job_id)
    took_s = time.monotonic() - began_s
    events, _, _ = harness.ledger.feed.history(job_id, queued)
    told = [event for event in events if event.kind is EventKind.PROGRESS]
    assert 2 <= len(told) <= took_s / 0.2 + 2, "the last step's is always told"
    assert beats >= 2 * len(told)
    assert [point.step for point in harness.ledger.losses(job_id)] == [*range(1, 61)]


def test_ledger_that_is_away_is_missed_in_one_line(caplog) -> None:
    ledger = HeardLedger(away=3)
    beating = heart(ledger)
    for _ in range(5):
        beating.beat()
    assert [record.message for record in caplog.records] == [
        "job_id=job_1 attempt=2 no beat: restarting"
    ]
    (record,) = caplog.records
    assert (record.job_id, record.attempt) == ("job_1", 2)
    ledger.away = 1
    beating.beat()
    assert len(caplog.records) == 2


def test_request_reaches_a_working_runner_within_a_beat() -> None:
    ledger = HeardLedger(orders=[BeatReply.GO_ON] * 3 + [BeatReply.FINISH])
    control = Control()
    with heart(ledger, control, beat_interval_s=0.01):
        wait_until(lambda: control.is_finishing)


def test_running_job_that_is_finished_keeps_its_picture() -> None:
    harness = WorkerHarness(FakeRunner(step_s=0.01))
    job_id = harness.submit(steps=2000)
    with harness.at_work(job_id):
        harness.ledger.requests.finish(job_id)
        asked_s = time.monotonic()
    assert time.monotonic() - asked_s < 0.5
    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.outcome is not None
    assert job.outcome.stopped_early
    assert harness.blobs.exists(job.outcome.result.blob_key)
    assert job.progress is not None
    assert 1 <= job.progress.step < 2000
    assert job.progress.fraction == 1.0


def test_waiting_job_that_is_finished_takes_one_step() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit(steps=50)
    harness.ledger.requests.finish(job_id)
    harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.progress is not None
    assert job.progress.step == 1
    assert job.outcome is not None
    assert job.outcome.stopped_early


def test_job_that_runs_to_its_end_was_not_stopped_early() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    harness.handler.handle(job_id)
    outcome = harness.ledger.get(job_id).outcome
    assert outcome is not None
    assert not outcome.stopped_early


def test_cancel_is_stronger_than_finish() -> None:
    class Undecided(ScratchLedger):
        """The client wants the picture, and then does not want it after all."""

        def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
            submit = super().beat(job_id, attempt, progress, losses, obeyed, applied)
            if submit.reply is BeatReply.FINISH:
                self.requests.cancel(job_id)
            return submit

    harness = WorkerHarness(FakeRunner(), ledger=Undecided())
    job_id = harness.submit(steps=50)
    harness.ledger.requests.finish(job_id)
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.CANCELED
    assert harness.results() == []


def test_heart_stops_with_its_block() -> None:
    with heart(HeardLedger(), beat_interval_s=0.01):
        pass
    names = [thread.name for thread in threading.enumerate()]
    assert "heartbeat job_1" not in names
