"""A job of a kind that no room knows is run, killed, gone on with, asked and stored."""

import hashlib
import json
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.contract.commands import Command, Verb
from app.contract.inputs import Input
from app.contract.jobs import JobStatus, NewJob, new_job_id, slip_fields
from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from app.contract.ports import StorageUnavailableError
from app.contract.records.wire import upload_key
from app.stores.ledger import LedgerRules
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner
from tests.kinds.echo.kind import ECHO
from tests.kinds.echo.runner import EchoRunner, load_echo
from tests.ledgers import EVERYTHING, ScratchLedger
from tests.worker.harness import SETTINGS, KilledError, Mortal
from worker.attempt.handler import JobHandler
from worker.queue.tasks import open_resident_worker
from worker.runners.control import Control
from worker.runners.loading import RunnableJobs
from worker.runners.runner import AnyRunner
from worker.settings import WorkerSettings

BOTH = Kinds((IMAGE, ECHO))
SOUND = b"a sound, of whatever kind"
OFTEN = SETTINGS.model_copy(
    update={"checkpoint_interval_s": 1e-6, "preview_interval_s": 1e-6}
)


class EchoHarness:
    """A ledger, a storage, and workers over them."""

    def __init__(
        self, ledger: ScratchLedger | None = None, blobs: MemoryBlobStore | None = None
    ) -> None:
        self.ledger = ledger or ScratchLedger()
        self.blobs = blobs or MemoryBlobStore()

    def order(self, **params: Any) -> str:
        """Queue an echo."""
        sha256 = hashlib.sha256(SOUND).hexdigest()
        self.blobs.put(upload_key(sha256), SOUND)
        inputs = {"content": Input(media_type="audio/x-echo", sha256=sha256)}
        fields = slip_fields(ECHO, ECHO.parse(params, inputs), inputs)
        job = NewJob(id=new_job_id(), **fields)
        self.ledger.create(job)
        return job.id

    def worker(
        self, runner: EchoRunner, settings: WorkerSettings = SETTINGS, **stores: Any
    ) -> JobHandler:
        return self.handler({ECHO.name: runner}, settings, **stores)

    def handler(
        self,
        runners: dict[str, AnyRunner],
        settings: WorkerSettings = SETTINGS,
        **stores: Any,
    ) -> JobHandler:
        given = {"ledger": self.ledger, "blobs": self.blobs, **stores}
        return JobHandler(
            worker=f"w{id(runners)}",
            kinds=BOTH,
            runners=runners,
            settings=settings,
            give_up=lambda: None,
            offer=lambda: EVERYTHING.model_copy(update={"kinds": tuple(runners)}),
            **given,
        )

    def results(self) -> list[str]:
        return [key for key in self.blobs.blobs if key.startswith("results/")]

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        end_s = time.monotonic() + 5
        while not is_so():
            assert time.monotonic() < end_s
            time.sleep(0.005)


def test_one_is_run_and_all_that_it_made_is_stored() -> None:
    harness = EchoHarness()
    job_id = harness.order(ticks=4)
    harness.worker(EchoRunner()).handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.SUCCEEDED, job.error
    assert job.outcome is not None
    result, levels = job.outcome.result, job.outcome.artifacts["levels.json"]
    assert result.blob_key == f"results/{job_id}/1.echo"
    assert levels.blob_key == f"results/{job_id}/1-levels.json"
    assert harness.blobs.get(result.blob_key) == SOUND
    assert result.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert (result.bytes, result.facts) == (len(SOUND), {"echoes": 4})
    assert json.loads(harness.blobs.get(levels.blob_key)) == [1.0] * 4
    assert job.progress is not None
    assert (job.progress.unit, job.progress.details) == ("ticks", {"heard": 25})
    assert [row.step for row in harness.ledger.losses(job_id)] == [1, 2, 3, 4]
    (sample,) = harness.ledger.samples()
    assert (sample.kind, sample.traits) == ("echo", {"ticks": 4})


def test_one_whose_worker_was_killed_goes_on_elsewhere() -> None:
    harness = EchoHarness(
        ScratchLedger(LedgerRules(round_gap_s=60.0), stands_still=True)
    )
    job_id = harness.order(ticks=5)
    died: list[float] = []

    def die(_: Control) -> None:
        harness.wait_until(lambda: harness.ledger.get(job_id).checkpoint is not None)
        harness.wait_until(lambda: harness.ledger.previews(job_id) != [])
        died.append(time.monotonic())
        raise KilledError

    stores = {"ledger": Mortal(harness.ledger, died)}
    stores["blobs"] = Mortal(harness.blobs, died)
    with pytest.raises(KilledError):
        harness.worker(EchoRunner(before={4: die}), OFTEN, **stores).handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.PROCESSING
    kept = harness.ledger.get(job_id).checkpoint
    assert kept is not None
    assert harness.ledger.clock is not None
    harness.ledger.clock.pass_time(31)

    second = EchoRunner()
    harness.worker(second).handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 2)
    assert second.resumed == [kept.step]
    assert job.resumed_from_step == kept.step
    assert harness.results() == [
        f"results/{job_id}/2.echo",
        f"results/{job_id}/2-levels.json",
    ]
    assert [row.step for row in harness.ledger.losses(job_id)] == [1, 2, 3, 4, 5]


def louder(control: Control) -> None:
    command = Command(sequence=1, verb=Verb.CHANGE, values={"volume": 1.5})
    control.deliver([command])


def test_one_hears_a_change_while_it_runs() -> None:
    harness = EchoHarness()
    job_id = harness.order(ticks=4)
    harness.worker(EchoRunner(before={3: louder})).handle(job_id)
    rows = harness.ledger.losses(job_id)
    assert [row.values for row in rows] == [(1.0,), (1.0,), (1.5,), (1.5,)]


def test_one_is_finished_early_and_canceled() -> None:
    harness = EchoHarness()
    finished, canceled = harness.order(ticks=100), harness.order(ticks=100)
    asked = (
        (finished, lambda _: harness.ledger.requests.finish(finished)),
        (canceled, lambda _: harness.ledger.requests.cancel(canceled)),
    )
    for job_id, ask in asked:
        runner = EchoRunner(tick_s=0.02, before={3: ask})
        harness.worker(runner).handle(job_id)
    job = harness.ledger.get(finished)
    assert job.status is JobStatus.SUCCEEDED
    assert job.outcome is not None
    assert job.outcome.stopped_early
    assert harness.ledger.get(canceled).status is JobStatus.CANCELED
    assert len(harness.results()) == 2, "those of the first"


def test_attempt_that_comes_too_late_leaves_none_of_its_files() -> None:
    class Late(ScratchLedger):
        def succeed(self, job_id, attempt, outcome, sample=None, state=None) -> bool:
            return False

    harness = EchoHarness(Late())
    harness.worker(EchoRunner()).handle(harness.order())
    assert harness.results() == []


def test_second_file_that_cannot_be_stored_takes_the_first_along() -> None:
    class Full(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            if "levels" in key:
                raise StorageUnavailableError("disk full")
            super().put(key, content)

    harness = EchoHarness(blobs=Full())
    job_id = harness.order()
    harness.worker(EchoRunner()).handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.FAILED
    assert harness.results() == []


def test_worker_that_cannot_echo_leaves_one_to_others() -> None:
    harness = EchoHarness()
    job_id = harness.order()
    harness.handler({"image": FakeRunner()}).handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt, job.error) == (JobStatus.QUEUED, 0, None)
    harness.worker(EchoRunner()).handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED


def test_worker_process_that_is_given_the_kind_runs_one(
    valkey_url: str, tmp_path: Path
) -> None:
    harness = EchoHarness()
    jobs = RunnableJobs(kinds=BOTH, load=load_echo)
    sent = pickle.loads(pickle.dumps(jobs))  # noqa: S301 - as Celery's child gets it
    assert sent.kinds.of("echo") == ECHO
    settings = WorkerSettings(redis_url=valkey_url, data_dir=tmp_path)
    resident = open_resident_worker(settings, sent)
    assert resident.handler.runners.keys() == {"echo"}
    job_id = harness.order()
    replacing = {"blobs": harness.blobs, "ledger": harness.ledger}
    JobHandler(**{**vars(resident.handler), **replacing}).handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED


def test_one_makes_room_for_others_and_goes_on_after_them() -> None:
    rules = LedgerRules(slice_s=0.2, round_gap_s=60.0)
    harness = EchoHarness(ScratchLedger(rules))
    long_id = harness.order(ticks=100)
    often = OFTEN.model_copy(update={"beat_interval_s": 0.01})
    waiting: list[str] = []

    def send_another(_: Control) -> None:
        waiting.append(harness.order(ticks=1))

    runner = EchoRunner(0.02, before={20: send_another})
    worker = harness.worker(runner, often)
    worker.handle(long_id)
    job = harness.ledger.get(long_id)
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)
    worker.handle("")
    assert harness.ledger.get(waiting[0]).status is JobStatus.SUCCEEDED
    worker.handle("")
    job = harness.ledger.get(long_id)
    assert job.status is JobStatus.SUCCEEDED, job.error
    assert job.attempt == 1
    at_first, alone, later = runner.resumed
    assert (at_first, alone) == (0, 0)
    assert later >= 20, "nothing is done twice"
    assert [row.step for row in harness.ledger.losses(long_id)] == [*range(1, 101)]
