"""Checkpoints: when, what, and that they cost nobody a job."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from app.contract.jobs import Checkpoint, JobStatus
from app.contract.ports import Claim, LedgerUnavailableError, StorageUnavailableError
from app.contract.records.archives import ArchivedCheckpoint, read_archive
from app.contract.records.wire import checkpoint_key, newest_checkpoint_key
from app.stores.ledger import LedgerRules
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner, FakeTick
from tests.ledgers import ScratchLedger
from tests.worker.harness import SETTINGS, WorkerHarness
from worker.attempt import background, checkpoints
from worker.attempt.checkpoints import Checkpoints
from worker.attempt.older_states import OlderStates

HOUR_S = 3600.0
SHORT_S = 0.25


def compute(seconds: float) -> None:
    """Keep the processor busy: waiting would cost a painting nothing."""
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        pass


@dataclass(frozen=True)
class Seen(FakeTick):
    """A step whose state takes its time to be copied, or written down."""

    copy_s: float = 0.0
    is_heavy: bool = False

    def state(self) -> Callable[[], bytes]:
        compute(self.copy_s)
        encode = super().state()

        def write_down() -> bytes:
            compute(0.02 if self.is_heavy else 0.0)
            return encode()

        return write_down


def seen(step: int, **rest: float) -> Seen:
    return Seen(step, 100, **rest)


@contextmanager
def told_to_leave(kept: Checkpoints) -> Iterator[Checkpoints]:
    """End the block as a signal ends a worker's job."""
    with suppress(SystemExit), kept:
        yield kept
        raise SystemExit


class CheckpointHarness:
    """Checkpoints of a claimed job."""

    def __init__(
        self,
        interval_s: float,
        blobs: MemoryBlobStore | None = None,
        ledger: ScratchLedger | None = None,
        state_bytes: int = 0,
    ) -> None:
        self.harness = WorkerHarness(FakeRunner(), blobs=blobs, ledger=ledger)
        self.job_id = self.harness.submit()
        claim = self.harness.ledger.claim(self.job_id, "w")
        assert claim is not None
        self.claim: Claim = claim
        self.told: list[Checkpoint | None] = []
        self.checkpoints = Checkpoints(
            self.harness.ledger,
            self.harness.blobs,
            claim,
            interval_s=interval_s,
            describe=lambda: FakeRunner().reproducibility(job.params, job.inputs),
            tell_losses=lambda: self.told.append(self.noted()),
            older=OlderStates(
                self.harness.ledger, self.harness.blobs, claim, most_bytes=state_bytes
            ),
        )
        job = self.harness.ledger.get(self.job_id)

    def noted(self) -> Checkpoint | None:
        return self.harness.ledger.get(self.job_id).checkpoint

    def step(self) -> int | None:
        noted = self.noted()
        return None if noted is None else noted.step

    def files(self) -> dict[str, bytes]:
        """The states; what names the newest is `named`."""
        blobs = self.harness.blobs.blobs
        keys = [key for key in blobs if key.startswith("checkpoints/")]
        return {key: blobs[key] for key in keys if not key.endswith("/newest.json")}

    def named(self) -> Checkpoint | None:
        content = self.harness.blobs.blobs.get(newest_checkpoint_key(self.job_id))
        if content is None:
            return None
        found = read_archive(ArchivedCheckpoint, content)
        assert found.job_id == self.job_id
        return found.checkpoint

    def offer_until_noted(self, step: int) -> None:
        """Offer a step again and again: how soon one is due depends on the machine."""
        end_s = time.monotonic() + 10
        while self.step() != step:
            assert time.monotonic() < end_s, self.step()
            self.checkpoints.offer(seen(step))
            time.sleep(0.002)


def test_first_comes_after_the_interval_with_the_newest_step() -> None:
    checkpoint_harness = CheckpointHarness(SHORT_S)
    with checkpoint_harness.checkpoints as kept:
        kept.offer(seen(1))
        time.sleep(SHORT_S)
        assert checkpoint_harness.step() is None, "a copy waits for the next step"
        checkpoint_harness.offer_until_noted(2)
        kept.offer(seen(3))
    assert checkpoint_harness.step() == 2
    assert checkpoint_harness.told == [None], "the losses before the note"
    noted = checkpoint_harness.noted()
    assert noted is not None
    assert noted.blob_key == checkpoint_key(checkpoint_harness.job_id, 1)
    assert noted.attempt == 1
    assert noted.reproducibility.algorithm == "fake@1"
    assert checkpoint_harness.files() == {noted.blob_key: b"step 2 of 100"}
    assert checkpoint_harness.named() == noted, "beside the ledger, too"


def test_later_one_takes_the_place_of_the_first() -> None:
    checkpoint_harness = CheckpointHarness(1e-6)
    with checkpoint_harness.checkpoints:
        for step in (1, 2):
            checkpoint_harness.offer_until_noted(step)
    assert list(checkpoint_harness.files().values()) == [b"step 2 of 100"]
    assert checkpoint_harness.named() == checkpoint_harness.noted()


@pytest.mark.parametrize(("interval_s", "step"), [(0, 1), (1e-6, 100)])
def test_none_with_an_interval_of_0_and_none_of_the_last_step(
    interval_s: float, step: int
) -> None:
    checkpoint_harness = CheckpointHarness(interval_s)
    with told_to_leave(checkpoint_harness.checkpoints) as kept:
        kept.offer(seen(step))
    assert checkpoint_harness.files() == {}


def test_a_few_are_kept_for_branches_spread_over_the_steps() -> None:
    checkpoint_harness = CheckpointHarness(1e-6, state_bytes=1000)
    job_id = checkpoint_harness.job_id
    with checkpoint_harness.checkpoints:
        for step in (2, 3, 14, 15, 90):  # of 100: each 12 steps one is due
            checkpoint_harness.offer_until_noted(step)
            time.sleep(0.01)
    kept = checkpoint_harness.harness.ledger.get(job_id).older_states
    assert [state.step for state in kept] == [2, 14, 90]
    for state in kept:
        words = f"step {state.step} of 100".encode()
        assert checkpoint_harness.files()[state.blob_key] == words
    assert len(checkpoint_harness.files()) == 4, "the newest has its own"


def test_states_that_are_too_large_are_not_kept_for_branches() -> None:
    size = len(b"step 1 of 100")
    checkpoint_harness = CheckpointHarness(1e-6, state_bytes=4 * size - 1)
    with checkpoint_harness.checkpoints:
        checkpoint_harness.offer_until_noted(1)
    assert len(checkpoint_harness.files()) == 1


def test_a_state_that_the_ledger_does_not_know_is_removed() -> None:
    class Absent(ScratchLedger):
        def note_state(self, job_id, attempt, state) -> bool:
            raise LedgerUnavailableError("restarting")

    checkpoint_harness = CheckpointHarness(1e-6, ledger=Absent(), state_bytes=1000)
    with checkpoint_harness.checkpoints as kept:
        checkpoint_harness.offer_until_noted(1)
    kept._background._thread.join(5)
    (key,) = checkpoint_harness.files()
    assert key == checkpoint_key(checkpoint_harness.job_id, 1)


def test_copies_that_cost_much_are_made_less_often() -> None:
    checkpoint_harness = CheckpointHarness(HOUR_S)
    with told_to_leave(checkpoint_harness.checkpoints) as kept:
        kept.offer(seen(1, copy_s=0.02))
        time.sleep(0.05)
        kept.offer(seen(2))
    assert checkpoint_harness.step() == 1, "100 times 0.02 s have not passed"


def test_files_that_cost_much_are_stored_less_often() -> None:
    checkpoint_harness = CheckpointHarness(1e-6)
    with checkpoint_harness.checkpoints as kept:
        kept.offer(seen(1, is_heavy=True))
        while checkpoint_harness.step() is None:
            time.sleep(0.002)
        time.sleep(0.05)
        kept.offer(seen(2))
        time.sleep(0.05)
    assert checkpoint_harness.step() == 1, "100 times 0.02 s have not passed"


class SlowDisk(MemoryBlobStore):
    """Holds checkpoints until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.begun = threading.Event()

    def put(self, key: str, content: bytes) -> None:
        if key.startswith("checkpoints/"):
            self.begun.set()
            self.go.wait(5)
        super().put(key, content)


def test_slow_disk_holds_nobody_up_and_gets_the_newest_afterwards(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)
    disk = SlowDisk()
    checkpoint_harness = CheckpointHarness(1e-6, disk)
    with checkpoint_harness.checkpoints as kept:
        kept.offer(seen(1))
        assert disk.begun.wait(5)
        began_s = time.monotonic()
        for step in (2, 3, 4):
            kept.offer(TornTick(step, 100))
        assert time.monotonic() - began_s < 0.5
        assert caplog.records == [], "none is copied meanwhile: it takes memory"
        disk.go.set()
        checkpoint_harness.offer_until_noted(5)


def test_worker_that_must_leave_stores_the_last_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)
    checkpoint_harness = CheckpointHarness(HOUR_S)
    with told_to_leave(checkpoint_harness.checkpoints) as kept:
        for step in (1, 2, 3):
            kept.offer(seen(step))
    assert checkpoint_harness.step() == 3
    assert list(checkpoint_harness.files().values()) == [b"step 3 of 100"]


def test_worker_that_must_leave_does_not_wait_for_a_hung_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "PATIENCE_S", 0.05)
    disk = SlowDisk()
    checkpoint_harness = CheckpointHarness(HOUR_S, disk)
    began_s = time.monotonic()
    with told_to_leave(checkpoint_harness.checkpoints) as kept:
        kept.offer(seen(1))
    assert time.monotonic() - began_s < 1
    checkpoint_harness.harness.ledger.hand_back(*checkpoint_harness.claim)
    disk.go.set()
    kept._background._thread.join(5)
    assert checkpoint_harness.noted() is None, "it came too late"


@pytest.mark.parametrize("error", [None, ZeroDivisionError("a bug")])
def test_attempt_that_ends_stores_nothing_more(error: Exception | None) -> None:
    checkpoint_harness = CheckpointHarness(HOUR_S)
    try:
        with checkpoint_harness.checkpoints as kept:
            kept.offer(seen(1))
            if error is not None:
                raise error
    except ZeroDivisionError:
        pass
    assert checkpoint_harness.files() == {}


def test_fenced_attempt_notes_nothing_and_its_file_is_swept() -> None:
    rules = LedgerRules(lease_s=1, blob_grace_s=0)
    ledger = ScratchLedger(rules, stands_still=True)
    checkpoint_harness = CheckpointHarness(1e-6, ledger=ledger)
    key = checkpoint_key(checkpoint_harness.job_id, 1)
    with checkpoint_harness.checkpoints as kept:
        ledger.clock.pass_time(2)
        assert (
            checkpoint_harness.harness.ledger.claim(checkpoint_harness.job_id, "thief")
            is not None
        )
        assert checkpoint_harness.harness.ledger.sweep() == [key], (
            "it might have had one"
        )
        kept.offer(seen(1))
        while not checkpoint_harness.told:
            time.sleep(0.002)
    assert checkpoint_harness.noted() is None
    assert checkpoint_harness.named() is None, "who lost the job names nothing"
    ledger.clock.pass_time(1)
    assert checkpoint_harness.files() == {key: b"step 1 of 100"}
    assert checkpoint_harness.harness.ledger.sweep() == [key]


class Full(MemoryBlobStore):
    def put(self, key: str, content: bytes) -> None:
        if key.startswith("checkpoints/"):
            raise StorageUnavailableError("disk full")
        super().put(key, content)


class Torn(FakeRunner):
    """Its states cannot be copied."""

    def run(self, *arguments):
        for tick in super().run(*arguments):
            yield TornTick(**vars(tick))


class TornTick(FakeTick):
    def state(self) -> Callable[[], bytes]:
        raise MemoryError("too large")


class Absent(ScratchLedger):
    def note_checkpoint(self, job_id, attempt, checkpoint) -> bool:
        raise LedgerUnavailableError("restarting")


@pytest.mark.parametrize(
    ("runner", "stores", "words"),
    [
        (FakeRunner(step_s=0.01), {"blobs": Full}, "disk full"),
        (Torn(step_s=0.01), {}, "too large"),
        (FakeRunner(step_s=0.01), {"ledger": Absent}, "restarting"),
    ],
    ids=["full disk", "memory", "ledger"],
)
def test_what_fails_is_told_once_and_never_fails_the_job(
    caplog: pytest.LogCaptureFixture, runner: FakeRunner, stores: dict, words: str
) -> None:
    often = SETTINGS.model_copy(
        update={"checkpoint_interval_s": 1e-6, "state_bytes": 0}
    )
    harness = WorkerHarness(
        runner, often, **{name: new() for name, new in stores.items()}
    )
    job_id = harness.submit(steps=10)
    with caplog.at_level(logging.WARNING):
        harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
    assert [record.message for record in caplog.records] == [
        f"job_id={job_id} attempt=1 no checkpoint: {words}"
    ]
    assert not any(key.startswith("checkpoints/") for key in harness.blobs.blobs)


def test_ledger_that_comes_back_finds_the_next_one() -> None:
    class Restarting(ScratchLedger):
        is_away = True

        def note_checkpoint(self, job_id, attempt, checkpoint) -> bool:
            if self.is_away:
                self.is_away = False
                asked.set()
                raise LedgerUnavailableError("restarting")
            return super().note_checkpoint(job_id, attempt, checkpoint)

    asked = threading.Event()
    checkpoint_harness = CheckpointHarness(1e-6, ledger=Restarting())
    with checkpoint_harness.checkpoints as kept:
        kept.offer(seen(1))
        assert asked.wait(5)
        checkpoint_harness.offer_until_noted(2)


def test_checkpoint_whose_note_is_not_answered_stays_if_it_was_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)

    class Silent(ScratchLedger):
        def note_checkpoint(self, job_id, attempt, checkpoint) -> bool:
            super().note_checkpoint(job_id, attempt, checkpoint)
            raise LedgerUnavailableError("the answer was lost")

    checkpoint_harness = CheckpointHarness(HOUR_S, ledger=Silent())
    with told_to_leave(checkpoint_harness.checkpoints) as kept:
        kept.offer(seen(1))
    kept._background._thread.join(5)
    noted = checkpoint_harness.noted()
    assert noted is not None
    assert checkpoint_harness.files() == {noted.blob_key: b"step 1 of 100"}
