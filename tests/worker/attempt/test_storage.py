"""A storage that is full, refuses, is silent or slow costs time, never a picture."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.contract.failures import FailureCode
from app.contract.jobs import JobStatus
from app.contract.ports import StorageUnavailableError
from app.stores.ledger import LedgerRules
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner
from tests.ledgers import ScratchLedger
from tests.worker.harness import SETTINGS, WorkerHarness

PATIENT = SETTINGS.model_copy(update={"storage_patience_s": 30.0})


class Ailing(MemoryBlobStore):
    """Refuses, or says nothing, in folders that ail."""

    def __init__(self) -> None:
        super().__init__()
        self.full: set[str] = set()
        #: Puts there wait until they are let go; then they are done after all.
        self.silent: set[str] = set()
        self.go = threading.Event()
        self.refused = 0
        self.asked = threading.Event()

    def put(self, key: str, content: bytes) -> None:
        self._ail(key)
        super().put(key, content)

    def get(self, key: str) -> bytes:
        self._ail(key)
        return super().get(key)

    def _ail(self, key: str) -> None:
        folder = key.partition("/")[0]
        if folder in self.full:
            self.refused += 1
            self.asked.set()
            raise StorageUnavailableError("No space left on device")
        if folder in self.silent:
            self.asked.set()
            assert self.go.wait(20)


@contextmanager
def at_work(harness: WorkerHarness, job_id: str, blobs: Ailing) -> Iterator[None]:
    """Handle the job beside the block, which begins with the storage's first ailing."""
    thread = threading.Thread(target=harness.handler.handle, args=(job_id,))
    thread.start()
    assert blobs.asked.wait(10)
    yield
    thread.join(10)
    assert not thread.is_alive()


def wait_until(is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.005)


@pytest.mark.parametrize("folder", ["results", "uploads"])
def test_full_disk_that_has_room_again_costs_no_picture_and_no_attempt(
    folder: str, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = Ailing()
    # Far shorter than the disk is full: waiting must not look like hanging.
    hasty = PATIENT.model_copy(update={"stall_s": 0.2, "lease_s": 0.4})
    harness = WorkerHarness(
        FakeRunner(), hasty, ScratchLedger(LedgerRules(lease_s=0.4)), blobs
    )
    job_id = harness.submit()
    blobs.full.add(folder)
    with caplog.at_level(logging.WARNING), at_work(harness, job_id, blobs):
        end_s = time.monotonic() + 0.8
        while time.monotonic() < end_s or blobs.refused < 3:
            assert harness.ledger.reap() == [], "its lease ran out"
            time.sleep(0.01)
        blobs.full.clear()
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 1)
    assert len(harness.runner.painted) == 1
    assert not harness.given_up.is_set()
    assert len(caplog.records) == 1, "one line for one wait"


def test_storage_that_stays_away_fails_the_job_by_a_name_of_its_own() -> None:
    blobs = Ailing()
    harness = WorkerHarness(FakeRunner(), SETTINGS, blobs=blobs)
    job_id = harness.submit()
    blobs.full.add("results")
    began_s = time.monotonic()
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.STORAGE_UNAVAILABLE
    assert error.retryable
    assert time.monotonic() - began_s >= SETTINGS.storage_patience_s


@pytest.mark.parametrize("ailment", ["full", "silent"])
def test_cancel_is_heard_while_the_storage_is_waited_for(ailment: str) -> None:
    blobs = Ailing()
    harness = WorkerHarness(FakeRunner(), PATIENT, blobs=blobs)
    job_id = harness.submit()
    getattr(blobs, ailment).add("results")
    with at_work(harness, job_id, blobs):
        harness.ledger.requests.cancel(job_id)
        wait_until(lambda: harness.ledger.get(job_id).status is JobStatus.CANCELED)
    blobs.full.clear()
    blobs.go.set()
    wait_until(lambda: "storage" not in {each.name for each in threading.enumerate()})
    assert harness.results() == [], "what arrived too late is removed"


def test_silent_storage_is_given_up_in_time_and_leaves_nothing() -> None:
    blobs = Ailing()
    harness = WorkerHarness(FakeRunner(), SETTINGS, blobs=blobs)
    job_id = harness.submit()
    blobs.silent.add("results")
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.STORAGE_UNAVAILABLE
    blobs.go.set()
    wait_until(lambda: "storage" not in {each.name for each in threading.enumerate()})
    assert harness.results() == []


def test_time_limit_ends_the_wait() -> None:
    blobs = Ailing()
    limited = PATIENT.model_copy(update={"time_limit_s": 0.2})
    harness = WorkerHarness(FakeRunner(), limited, blobs=blobs)
    job_id = harness.submit()
    blobs.full.add("results")
    harness.handler.handle(job_id)
    error = harness.ledger.get(job_id).error
    assert error is not None
    assert error.code is FailureCode.TIME_LIMIT_EXCEEDED


def test_worker_told_to_leave_hands_back_what_it_could_not_store() -> None:
    class Leaving(Ailing):
        def _ail(self, key: str) -> None:
            super()._ail(key)
            if key.startswith("results/"):
                raise SystemExit

    harness = WorkerHarness(FakeRunner(), PATIENT, blobs=Leaving())
    job_id = harness.submit()
    with pytest.raises(SystemExit):
        harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 0)


@pytest.mark.parametrize("folder", ["previews", "checkpoints"])
def test_silent_storage_of_what_can_be_done_without_holds_no_result(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.attempt.background.PATIENCE_S", 0.1)
    monkeypatch.setattr("worker.attempt.handler._LAST_STATE_S", 0.1)
    blobs = Ailing()
    often = PATIENT.model_copy(
        update={"preview_interval_s": 0.01, "checkpoint_interval_s": 0.01}
    )
    ledger = ScratchLedger(LedgerRules(blob_grace_s=0))
    harness = WorkerHarness(FakeRunner(step_s=0.02), often, ledger, blobs)
    job_id = harness.submit(steps=10)
    blobs.silent.add(folder)
    with at_work(harness, job_id, blobs):
        wait_until(lambda: harness.ledger.get(job_id).status is JobStatus.SUCCEEDED)
    blobs.go.set()
    wait_until(lambda: folder not in {e.name.split()[0] for e in threading.enumerate()})
    for key in harness.ledger.sweep():
        blobs.delete(key)
    late = [key for key in blobs.blobs if key.startswith(folder)]
    assert late == [], "what arrived too late is removed"
