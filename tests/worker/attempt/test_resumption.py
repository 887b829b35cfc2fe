"""An attempt goes on where another was lost, or begins anew: never a failed job."""

import io
import logging
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from app.archive.rebuilding import Rebuilder
from app.contract.inputs import Input
from app.contract.jobs import Checkpoint, JobStatus
from app.contract.painting.choices import Network
from app.contract.ports import LedgerUnavailableError
from app.contract.records.wire import checkpoint_key, upload_key
from app.operations.janitor import Janitor
from app.stores.ledger import LedgerRules
from tests.app.rounds import make_round
from tests.engine.conftest import hills, new_small_engine, strokes
from tests.fakes import MemoryBlobStore, MemoryDoorbell, MemoryWebhookBell
from tests.fakes.runner import FakeRunner
from tests.ledgers import ScratchLedger
from tests.stores.new_jobs import a_picture, a_row
from tests.worker.harness import SETTINGS, KilledError, Mortal, WorkerHarness
from worker.attempt import checkpoints
from worker.runners.image import runner as image_runner
from worker.runners.image.runner import ImageRunner
from worker.runners.runner import Tick

HOUR_S = 3600.0
KEEPS = SETTINGS.model_copy(update={"checkpoint_interval_s": HOUR_S})


@pytest.fixture
def copies_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)


def handed_back(harness: WorkerHarness, job_id: str) -> None:
    """Handle the job until the process is told to leave."""
    with pytest.raises(SystemExit):
        harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.QUEUED


@pytest.mark.usefixtures("copies_cost_nothing")
def test_job_that_was_handed_back_goes_on_with_all_its_losses() -> None:
    harness = WorkerHarness(FakeRunner(raises={6: SystemExit(0)}), KEEPS)
    job_id = harness.submit(steps=10)
    handed_back(harness, job_id)
    assert harness.ledger.get(job_id).resumed_from_step is None
    harness.runner.raises.clear()
    harness.handler.handle(job_id)
    assert harness.runner.resumed == [0, 5]
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 1)
    assert job.resumed_from_step == 5
    curve = [point.step for point in harness.ledger.losses(job_id)]
    assert curve == [*range(1, 11)]
    assert job.outcome is not None
    assert job.outcome.reproducibility.deterministic
    assert harness.ledger.samples() == [], "it took less time than its steps say"


@pytest.mark.usefixtures("copies_cost_nothing")
def test_picture_of_two_unlike_workers_is_not_called_deterministic() -> None:
    harness = WorkerHarness(FakeRunner(raises={3: SystemExit(0)}), KEEPS)
    job_id = harness.submit(steps=10)
    handed_back(harness, job_id)
    harness.runner.device, harness.runner.raises = "another cpu", {6: SystemExit(0)}
    handed_back(harness, job_id)
    harness.runner.device, harness.runner.raises = "cpu", {}
    harness.handler.handle(job_id)
    assert harness.runner.resumed == [0, 2, 5]
    outcome = harness.ledger.get(job_id).outcome
    assert outcome is not None
    assert not outcome.reproducibility.deterministic, "the second's part remains"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no blob checkpoints/"),
        (b"half a state", "no state of this job"),
        (b"step 2 of 99", "no state of this job"),
    ],
    ids=["missing", "damaged", "foreign"],
)
@pytest.mark.usefixtures("copies_cost_nothing")
def test_checkpoint_that_is_not_fit_costs_time_and_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture, content: bytes | None, words: str
) -> None:
    harness = WorkerHarness(FakeRunner(raises={6: SystemExit(0)}), KEEPS)
    job_id = harness.submit(steps=10)
    handed_back(harness, job_id)
    harness.runner.raises.clear()
    harness.ledger.claim(job_id, "w")
    lost = a_row(3, 1, 99.0, 1.0, 1.0, 1.0)
    harness.ledger.beat(job_id, 2, None, [lost])
    assert harness.ledger.hand_back(job_id, 2)
    del harness.blobs.blobs[checkpoint_key(job_id, 1)]
    if content is not None:
        harness.blobs.put(checkpoint_key(job_id, 1), content)
    with caplog.at_level(logging.WARNING):
        harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.resumed_from_step is None
    curve = [point.step for point in harness.ledger.losses(job_id)]
    assert curve == [*range(1, 11)], "those of this attempt alone"
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
    (warning,) = [each.message for each in warnings]
    assert f"job_id={job_id} attempt=3 begins anew: " in warning
    assert words in warning
    assert len(harness.ledger.samples()) == 1, "it took all the time"


@pytest.mark.usefixtures("copies_cost_nothing")
def test_steps_of_another_attempt_do_not_count_as_speed() -> None:
    class Watched(ScratchLedger):
        def beat(self, job_id, attempt, progress, losses=(), obeyed=0, applied=()):
            paces.extend([] if progress is None else [progress.steps_per_second])
            return super().beat(job_id, attempt, progress, losses, obeyed, applied)

    paces: list[float] = []
    harness = WorkerHarness(
        FakeRunner(raises={9: SystemExit(0)}), KEEPS, ledger=Watched()
    )
    job_id = harness.submit(steps=10)
    handed_back(harness, job_id)
    harness.runner.raises, harness.runner.step_s = {}, 0.04
    paces.clear()
    harness.handler.handle(job_id)
    assert paces != []
    assert max(paces) <= 1 / 0.04


def test_ledger_that_cannot_be_told_does_not_keep_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Deaf(ScratchLedger):
        def note_resumed(self, job_id, attempt, step) -> bool:
            raise LedgerUnavailableError("restarting")

    harness = WorkerHarness(FakeRunner(), KEEPS, ledger=Deaf())
    job_id = harness.submit(steps=10)
    harness.ledger.claim(job_id, "w")
    keep(harness, job_id, attempt=1, step=4)
    with caplog.at_level(logging.WARNING):
        harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
    assert harness.runner.resumed == [4]
    assert "step 4 gone on from is not noted: restarting" in caplog.text


def keep(harness: WorkerHarness, job_id: str, *, attempt: int, step: int) -> None:
    """Store and note a checkpoint as the attempt that holds the job would."""
    key = checkpoint_key(job_id, attempt)
    params = harness.ledger.get(job_id).params
    harness.blobs.put(key, f"step {step} of {params['steps']}".encode())
    found = Checkpoint(
        attempt=attempt,
        step=step,
        blob_key=key,
        reproducibility=FakeRunner().reproducibility(params, {}),
    )
    assert harness.ledger.note_checkpoint(job_id, attempt, found)


@pytest.mark.parametrize(
    ("kept", "max_attempts", "resumed"),
    [((4, None, None), 3, 0), ((4, None, 7), 3, 7), ((4, None, None), 4, 4)],
    ids=["no further", "further", "not the last"],
)
def test_last_attempt_does_not_trust_a_checkpoint_that_one_was_lost_with(
    kept: tuple[int | None, ...], max_attempts: int, resumed: int
) -> None:
    """The first one brought the job further, and does not count."""
    rules = LedgerRules(max_attempts=max_attempts, round_gap_s=60.0)
    settings = KEEPS.model_copy(update={"max_attempts": max_attempts})
    ledger = ScratchLedger(rules, stands_still=True)
    harness = WorkerHarness(FakeRunner(), settings, ledger=ledger)
    job_id = harness.submit(steps=10)
    for attempt, step in enumerate(kept, 1):
        assert ledger.claim(job_id, f"w{attempt}") == (job_id, attempt)
        if step is not None:
            keep(harness, job_id, attempt=attempt, step=step)
        ledger.clock.pass_time(31)
    harness.handler.handle(job_id)
    assert harness.runner.resumed == [resumed]
    job = ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 4)
    assert job.resumed_from_step == (resumed or None)


def test_number_of_an_attempt_is_no_count_of_attempts() -> None:
    """A ledger that was rebuilt begins far from 1."""
    ledger = ScratchLedger()
    ledger.start_again()
    token = ledger.restoration.begin_restoring()
    assert token is not None
    ledger.restoration.finish_restoring(token, 50_000)
    harness = WorkerHarness(FakeRunner(), KEEPS, ledger=ledger)
    job_id = harness.submit(steps=10)
    for number in (50_001, 50_002):
        assert ledger.claim(job_id, f"w{number}") == (job_id, number)
        if number == 50_001:
            keep(harness, job_id, attempt=number, step=4)
        assert ledger.hand_back(job_id, number)
    harness.handler.handle(job_id)
    assert harness.runner.resumed == [4], "this is the first attempt that counts"
    assert ledger.get(job_id).attempt == 1


@dataclass
class Doomed:
    """A runner in a worker that ends before the step of that number."""

    runner: FakeRunner | ImageRunner
    at: int
    end: BaseException
    died: list[float] = field(default_factory=list)

    def run(self, *args: Any) -> Generator[Tick, None, None]:
        for tick in self.runner.run(*args):
            if tick.update.step == self.at:
                self.died.append(time.monotonic())
                raise self.end
            yield tick

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runner, name)


def test_killed_job_runs_again_within_a_lease_and_repeats_little() -> None:
    lease_s, interval_s, step_s, killed_at = 0.4, 0.2, 0.02, 40
    ledger, blobs = ScratchLedger(LedgerRules(lease_s=lease_s)), MemoryBlobStore()
    settings = SETTINGS.model_copy(update={"checkpoint_interval_s": interval_s})
    doomed = Doomed(FakeRunner(step_s=step_s), killed_at, KilledError())
    its = [Mortal(store, doomed.died) for store in (ledger, blobs)]
    first = WorkerHarness(doomed, settings, *its)
    second = WorkerHarness(FakeRunner(), settings, ledger, blobs)
    job_id = second.submit(steps=50)
    with pytest.raises(KilledError):
        first.handler.handle(job_id)
    assert ledger.get(job_id).status is JobStatus.PROCESSING, "nobody was told"

    bell = MemoryDoorbell()
    janitor = Janitor(
        ledger=ledger,
        doorbell=bell,
        blobs=blobs,
        outbox=ledger.outbox,
        webhook_bell=MemoryWebhookBell(),
        rebuilder=Rebuilder(ledger, blobs, ledger.reservations, 60.0),
    )
    while not bell.rung:
        make_round(janitor)
        time.sleep(0 if bell.rung else 0.9)  # a round a second, in step with nothing
    second.handler.handle(job_id)
    job = ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 2)
    assert job.started_at is not None
    claimed_s = job.started_at.timestamp() - time.time() + time.monotonic()
    assert claimed_s - doomed.died[0] <= lease_s + 1
    assert job.resumed_from_step is not None
    repeated_s = (killed_at - 1 - job.resumed_from_step) * step_s
    assert 0 <= repeated_s <= interval_s + lease_s
    curve = [point.step for point in ledger.losses(job_id)]
    assert curve == [*range(1, 51)], "no hole, and no step twice"


RUNGS = ((64, 4), (80, 3))


def painting(harness: WorkerHarness, optimizer: str, **params: Any) -> str:
    """Order what the small engine paints in 7 steps at two sizes."""

    def upload(picture: Image.Image, sha256: str) -> Input:
        file = io.BytesIO()
        picture.save(file, "PNG")
        harness.blobs.put(upload_key(sha256), file.getvalue())
        return a_picture(*picture.size, sha256=sha256)

    pictures = upload(hills(), "aa" * 32), upload(strokes(), "bb" * 32)
    ladder = {"size": 80, "rungs": RUNGS, "optimizer": optimizer}
    return harness.order_of(*pictures, **{**ladder, **params})


def runner_of_a_new_worker() -> ImageRunner:
    return ImageRunner(new_small_engine(), [Network.VGG19])


@pytest.mark.usefixtures("copies_cost_nothing")
@pytest.mark.parametrize("step", [2, 4, 6], ids=["first", "boundary", "second"])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_picture_of_two_workers_is_that_of_one(
    monkeypatch: pytest.MonkeyPatch, optimizer: str, step: int
) -> None:
    monkeypatch.setattr(image_runner, "_REPORT_INTERVAL_S", 0)
    alone = WorkerHarness(runner_of_a_new_worker())
    undisturbed = painting(alone, optimizer)
    alone.handler.handle(undisturbed)

    ledger, blobs = ScratchLedger(), MemoryBlobStore()
    leaving = Doomed(runner_of_a_new_worker(), step + 1, SystemExit())
    harnesses = [
        WorkerHarness(runner, KEEPS, ledger, blobs)
        for runner in (leaving, runner_of_a_new_worker())
    ]
    job_id = painting(harnesses[0], optimizer)
    handed_back(harnesses[0], job_id)
    harnesses[1].handler.handle(job_id)
    outcomes = [alone.ledger.get(undisturbed).outcome, ledger.get(job_id).outcome]
    assert ledger.get(job_id).resumed_from_step == step
    results = [each.result for each in outcomes if each is not None]
    assert results[0].sha256 == results[1].sha256
    assert blobs.get(results[1].blob_key) == alone.blobs.get(results[0].blob_key)


@pytest.mark.usefixtures("copies_cost_nothing")
def test_engine_of_another_version_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(image_runner, "_REPORT_INTERVAL_S", 0)
    harness = WorkerHarness(Doomed(runner_of_a_new_worker(), 5, SystemExit()), KEEPS)
    job_id = painting(harness, "adam")
    handed_back(harness, job_id)
    monkeypatch.setattr("worker.engine.painting.job.ALGORITHM", "another@1")
    newer = WorkerHarness(
        runner_of_a_new_worker(), KEEPS, harness.ledger, harness.blobs
    )
    newer.handler.handle(job_id)
    job = newer.ledger.get(job_id)
    assert (job.status, job.resumed_from_step) == (JobStatus.SUCCEEDED, None)
    curve = [point.step for point in newer.ledger.losses(job_id)]
    assert curve == [*range(1, 8)]
