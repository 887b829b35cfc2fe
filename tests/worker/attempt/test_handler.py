"""One job from its bell to its end, with a runner that does not compute."""

import hashlib
import io
import logging
import threading
import time
from dataclasses import replace

import pytest
from PIL import Image

from app.archive.job_records import keep_job_records
from app.archive.rebuilding import Rebuilder
from app.contract.failures import FailureCode
from app.contract.inputs import size_of
from app.contract.jobs import JobStatus, NewJob
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import Claim, LedgerUnavailableError
from app.contract.records.archives import ArchivedEnd, read_archive
from app.contract.records.wire import end_key, result_key, upload_key
from app.stores.ledger import LedgerRules
from tests.fakes.runner import FakeRunner
from tests.ledgers import EVERYTHING, ScratchLedger
from tests.worker.harness import SETTINGS, WorkerHarness
from worker.runners.runner import RunFailedError, UnableError


def test_job_ends_with_its_picture_under_the_attempts_key() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    harness.handler.handle(job_id)

    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.outcome is not None
    result = job.outcome.result
    assert result.blob_key == result_key(job_id, 1, "image/png")
    content = harness.blobs.get(result.blob_key)
    assert hashlib.sha256(content).hexdigest() == result.sha256
    assert len(content) == result.bytes
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.size) == ("PNG", size_of(result.facts))
    assert job.outcome.reproducibility.algorithm == "fake@1"
    assert job.progress is not None
    assert job.progress.fraction == 1.0


def test_missing_mask_fails_the_job_like_any_input() -> None:
    harness = WorkerHarness(FakeRunner())
    mask = harness.upload(255, "L")
    content, style = harness.upload("red"), harness.upload("blue")
    given = {"content": content, "style/0": style, "mask/0": mask}
    job_id = harness.order_of(given, steps=2)
    harness.blobs.delete(upload_key(mask.sha256))
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.INPUT_MISSING


def test_progress_is_carried_to_the_ledger_in_the_contracts_words() -> None:
    harness = WorkerHarness(FakeRunner(step_s=0.03))
    job_id = harness.submit(steps=20)
    worker = threading.Thread(target=harness.handler.handle, args=(job_id,))
    worker.start()
    while harness.ledger.get(job_id).status is not JobStatus.PROCESSING:
        time.sleep(0.005)
    progress = harness.ledger.get(job_id).progress
    worker.join()
    assert progress is not None
    assert (progress.total_steps, *size_of(progress.details)) == (20, 64, 48)
    assert 0 < progress.fraction <= 1
    assert progress.metrics["total"] == 2 + 1 / progress.step
    assert progress.metrics["tv"] == 0.5


def test_second_bell_for_the_same_job_does_nothing() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    harness.handler.handle(job_id)
    harness.handler.handle(job_id)
    assert len(harness.runner.painted) == 1


def test_canceled_job_stops_soon_and_writes_no_result() -> None:
    harness = WorkerHarness(FakeRunner(step_s=0.02))
    job_id = harness.submit(steps=500)
    worker = threading.Thread(target=harness.handler.handle, args=(job_id,))
    worker.start()
    while harness.ledger.get(job_id).status is not JobStatus.PROCESSING:
        time.sleep(0.005)
    harness.ledger.requests.cancel(job_id)
    began_s = time.monotonic()
    worker.join(5)
    assert time.monotonic() - began_s < 0.5
    assert harness.ledger.get(job_id).status is JobStatus.CANCELED
    assert harness.results() == []
    assert harness.runner.closed == 1


def test_fenced_off_attempt_stops_and_leaves_no_file() -> None:
    """Its lease ran out in a pause: another worker has the job by now."""
    ledger = ScratchLedger(LedgerRules(lease_s=0.01))
    harness = WorkerHarness(FakeRunner(step_s=0.02), ledger=ledger)
    job_id = harness.submit(steps=500)
    stolen: list[Claim | None] = []

    worker = threading.Thread(target=harness.handler.handle, args=(job_id,))
    worker.start()
    while not stolen or stolen[-1] is None:
        time.sleep(0.011)
        stolen.append(ledger.claim(job_id, "thief"))
    worker.join(5)
    assert not worker.is_alive()
    job = ledger.get(job_id)
    assert (job.worker, job.attempt) == ("thief", 2)
    assert harness.results() == []


def test_commit_that_comes_too_late_removes_its_file() -> None:
    class Late(ScratchLedger):
        def succeed(self, job_id, attempt, outcome, sample=None, state=None) -> bool:
            return False

    harness = WorkerHarness(FakeRunner(), ledger=Late())
    job_id = harness.submit()
    harness.handler.handle(job_id)
    assert harness.results() == []


def test_attempt_past_its_time_limit_fails() -> None:
    hasty = SETTINGS.model_copy(update={"time_limit_s": 0.05})
    harness = WorkerHarness(FakeRunner(step_s=0.02), hasty)
    job_id = harness.submit(steps=500)
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.TIME_LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (
            RunFailedError(FailureCode.NUMERICAL_DIVERGENCE, "NaN at step 2"),
            FailureCode.NUMERICAL_DIVERGENCE,
        ),
        (
            RunFailedError(FailureCode.OUT_OF_MEMORY, "9 GB"),
            FailureCode.OUT_OF_MEMORY,
        ),
        (ZeroDivisionError("a bug"), FailureCode.INTERNAL_ERROR),
    ],
)
def test_failure_reaches_the_ledger_with_its_code(
    error: Exception, code: FailureCode
) -> None:
    harness = WorkerHarness(FakeRunner(raises={2: error}))
    job_id = harness.submit()
    harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code is code
    assert "bug" not in job.error.detail, "a trace is for the log"
    assert harness.runner.closed == 1


def test_missing_input_fails_the_job_and_says_so() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    harness.blobs.blobs.clear()
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.INPUT_MISSING


def test_worker_told_to_leave_hands_its_job_back() -> None:
    harness = WorkerHarness(FakeRunner(raises={2: SystemExit(0)}))
    job_id = harness.submit()
    with pytest.raises(SystemExit):
        harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)


@pytest.mark.parametrize("step", [1, 2])
def test_worker_that_finds_out_late_leaves_the_job_to_another(step: int) -> None:
    """Admitted by the largest worker, it is not failed for good by the smallest."""
    harness = WorkerHarness(FakeRunner(raises={step: UnableError("needs 9 GB")}))
    job_id = harness.submit()
    harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt, job.error) == (JobStatus.QUEUED, 0, None)
    assert harness.held == [job_id, None]
    harness.handler.handle(job_id)
    assert harness.runner.closed == 1, "it is not given the job again"
    larger = replace(harness.handler, worker="larger", runners={"image": FakeRunner()})
    larger.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED


def test_worker_is_given_what_it_offers_alone() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    offer = EVERYTHING.model_copy(update={"networks": ("vgg16",)})
    replace(harness.handler, offer=lambda: offer).handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.QUEUED


class Flaky(ScratchLedger):
    """Is away for the first few questions of a kind."""

    def __init__(self, away: dict[str, int]) -> None:
        super().__init__()
        self.away = away

    def _maybe(self, name: str) -> None:
        if self.away.get(name, 0) > 0:
            self.away[name] -= 1
            raise LedgerUnavailableError("restarting")

    def claim(self, job_id, worker, offer):
        self._maybe("claim")
        return super().claim(job_id, worker, offer)

    def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
        self._maybe("beat")
        return super().beat(job_id, attempt, progress, losses, obeyed, applied)

    def succeed(self, job_id, attempt, outcome, sample=None, state=None):
        self._maybe("succeed")
        return super().succeed(job_id, attempt, outcome, sample, state)


def test_ledger_that_restarts_in_mid_job_loses_nothing() -> None:
    ledger = Flaky({"claim": 1, "beat": 3, "succeed": 1})
    harness = WorkerHarness(FakeRunner(step_s=0.02), ledger=ledger)
    job_id = harness.submit(steps=10)
    harness.handler.handle(job_id)
    assert ledger.away == {"claim": 0, "beat": 0, "succeed": 0}
    assert ledger.get(job_id).status is JobStatus.SUCCEEDED


def test_answer_to_the_commit_that_is_lost_does_not_cost_the_picture() -> None:
    class Forgetful(ScratchLedger):
        silent = 1

        def succeed(self, job_id, attempt, outcome, sample=None, state=None):
            done = super().succeed(job_id, attempt, outcome, sample, state)
            if self.silent:
                self.silent -= 1
                raise LedgerUnavailableError("the answer did not arrive")
            return done

    harness = WorkerHarness(FakeRunner(), ledger=Forgetful())
    job_id = harness.submit()
    harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.outcome is not None
    assert harness.results() == [job.outcome.result.blob_key]


def test_ledger_that_stays_away_leaves_the_job_to_its_lease() -> None:
    ledger = Flaky({"succeed": 10**6})
    hasty = SETTINGS.model_copy(update={"ledger_patience_s": 0.05})
    harness = WorkerHarness(FakeRunner(), hasty, ledger=ledger)
    job_id = harness.submit()
    harness.handler.handle(job_id)
    assert ledger.get(job_id).status is JobStatus.PROCESSING, "not failed"


def test_runner_that_hangs_for_good_ends_its_process() -> None:
    hung = SETTINGS.model_copy(update={"stall_s": 0.05, "lease_s": 0.05})
    harness = WorkerHarness(FakeRunner(step_s=0.5, hangs=True), hung)
    harness.handler.handle(harness.submit(steps=1))
    assert harness.given_up.is_set()


def test_runner_that_reports_is_not_given_up() -> None:
    quick = SETTINGS.model_copy(update={"stall_s": 0.2, "lease_s": 0.2})
    harness = WorkerHarness(FakeRunner(step_s=0.06), quick)
    harness.handler.handle(harness.submit(steps=10))
    assert not harness.given_up.is_set()


def test_runner_that_checks_within_a_long_step_is_alive() -> None:
    """A step of a large picture may take minutes."""
    quick = SETTINGS.model_copy(update={"stall_s": 0.2, "lease_s": 0.2})
    harness = WorkerHarness(FakeRunner(step_s=0.8), quick)
    job_id = harness.submit(steps=1)
    harness.handler.handle(job_id)
    assert not harness.given_up.is_set()
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED


def test_hung_runner_loses_its_lease() -> None:
    hung = SETTINGS.model_copy(update={"stall_s": 0.05})
    ledger = ScratchLedger(LedgerRules(lease_s=0.05))
    harness = WorkerHarness(FakeRunner(step_s=0.6, hangs=True), hung, ledger=ledger)
    job_id = harness.submit(steps=1)
    worker = threading.Thread(target=harness.handler.handle, args=(job_id,))
    worker.start()
    time.sleep(0.3)
    assert ledger.reap() == [job_id]
    worker.join()
    assert ledger.get(job_id).status is JobStatus.QUEUED
    assert harness.results() == []


def test_worker_says_which_job_it_holds_and_when_it_holds_none() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit()
    harness.handler.handle(job_id)
    harness.handler.handle(job_id)  # nothing to do: nothing to say
    assert harness.held == [job_id, None]
    leaving = WorkerHarness(FakeRunner(raises={2: SystemExit(0)}))
    with pytest.raises(SystemExit):
        leaving.handler.handle(leaving.submit())
    assert leaving.held[-1] is None


ENDS = Webhook(url="https://example.org/hook")
STARTS = Webhook(url="https://example.org/hook", events=(WebhookEvent.STARTED,))


def test_webhooks_are_told_after_the_job_has_succeeded() -> None:
    harness = WorkerHarness(FakeRunner())
    harness.handler.handle(harness.submit(webhook=ENDS))
    assert harness.told == [JobStatus.SUCCEEDED]


def test_webhooks_are_told_of_failures() -> None:
    harness = WorkerHarness(FakeRunner(raises={2: ZeroDivisionError("a bug")}))
    harness.handler.handle(harness.submit(webhook=ENDS))
    assert harness.told == [JobStatus.FAILED]


def test_webhooks_are_told_of_cancels() -> None:
    harness = WorkerHarness(FakeRunner(step_s=0.01))
    job_id = harness.submit(steps=500, webhook=ENDS)
    with harness.at_work(job_id):
        harness.ledger.requests.cancel(job_id)
    assert harness.told == [JobStatus.CANCELED]


def test_webhooks_are_told_of_the_start_by_who_wants_to_know() -> None:
    harness = WorkerHarness(FakeRunner())
    harness.handler.handle(harness.submit(webhook=STARTS))
    assert harness.told == [JobStatus.STARTING, JobStatus.SUCCEEDED]


def test_without_a_webhook_nobody_is_told() -> None:
    harness = WorkerHarness(FakeRunner())
    harness.handler.handle(harness.submit())
    assert harness.told == []


def test_attempt_that_lost_its_job_tells_nobody() -> None:
    class Late(ScratchLedger):
        def succeed(self, job_id, attempt, outcome, sample=None, state=None) -> bool:
            return False

    harness = WorkerHarness(FakeRunner(), ledger=Late())
    harness.handler.handle(harness.submit(webhook=ENDS))
    assert harness.told == []


def test_bell_that_cannot_be_rung_costs_nothing_but_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Mute(WorkerHarness):
        def tell(self) -> None:
            raise LedgerUnavailableError("restarting")

    harness = Mute(FakeRunner())
    job_id = harness.submit(webhook=ENDS)
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert [each.message for each in warnings] == [
        f"job_id={job_id} attempt=1 webhook not told: restarting"
    ]


@pytest.mark.parametrize("raises", [{}, {2: ZeroDivisionError("a bug")}])
def test_every_line_of_the_log_names_its_job(
    caplog: pytest.LogCaptureFixture, raises: dict[int, BaseException]
) -> None:
    harness = WorkerHarness(FakeRunner(raises=raises))
    job_id = harness.submit()
    with caplog.at_level(logging.INFO):
        harness.handler.handle(job_id)
        harness.handler.handle(job_id)
    ours = [record for record in caplog.records if record.name.startswith("worker")]
    assert len(ours) >= 3
    for record in ours:
        assert record.job_id == job_id  # type: ignore[attr-defined]  # an extra
        assert f"job_id={job_id}" in record.message


@pytest.mark.parametrize("fails", [False, True])
def test_the_end_is_kept_beside_the_ledger_at_once(fails: bool) -> None:
    error = RunFailedError(FailureCode.OUT_OF_MEMORY, "no room")
    harness = WorkerHarness(FakeRunner(raises={2: error} if fails else {}))
    job_id = harness.submit()
    harness.handler.handle(job_id)
    end = read_archive(ArchivedEnd, harness.blobs.get(end_key(job_id)))
    assert end.job.model_dump() == harness.ledger.get(job_id).model_dump()
    assert list(end.losses) == harness.ledger.losses(job_id)
    assert harness.ledger.restoration.unwritten_ends() == []


def test_a_job_that_was_lost_on_the_way_is_painted_by_whoever_claims_it_then() -> None:
    """What is painted on after the loss is thrown away, and overwrites nothing."""
    harness = WorkerHarness(FakeRunner(step_s=0.02))
    job_id = harness.submit(steps=20)
    submit = NewJob(
        **harness.ledger.get(job_id).model_dump(include=set(NewJob.model_fields))
    )
    keep_job_records(harness.blobs, [submit])
    with harness.at_work(job_id):
        harness.ledger.lose_everything()
        Rebuilder(
            harness.ledger, harness.blobs, harness.ledger.reservations, 60.0
        ).rebuild()
    assert harness.ledger.get(job_id).status is JobStatus.QUEUED
    assert harness.results() == []
    harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 1)
    assert job.outcome is not None
    assert (
        harness.results()
        == [job.outcome.result.blob_key]
        != [result_key(job_id, 1, "image/png")]
    )
