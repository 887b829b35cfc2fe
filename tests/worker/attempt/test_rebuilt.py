"""A job that is rebuilt after a lost Redis goes on from its checkpoint."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from app.archive.job_records import keep_job_records
from app.archive.rebuilding import Rebuilder
from app.contract.jobs import Job, JobStatus, NewJob
from app.contract.records.archives import ArchivedCheckpoint
from app.contract.records.wire import (
    CHECKPOINTS_FOLDER,
    checkpoint_key,
    newest_checkpoint_key,
)
from tests.fakes.runner import FakeRunner
from tests.object_storage import ObjectStorage
from tests.worker.harness import SETTINGS, WorkerHarness
from worker.attempt import checkpoints

#: Attempts had larger numbers before the loss than they get after it.
BASE = 10**15
KEEPS = SETTINGS.model_copy(update={"checkpoint_interval_s": 3600.0})


class Rebuilt:
    """A worker whose ledger was lost while a job was painted, and is back."""

    def __init__(
        self, harm: Callable[["Rebuilt"], None] | None = None, **stores: Any
    ) -> None:
        self.harness = WorkerHarness(
            FakeRunner(raises={6: SystemExit(0)}), KEEPS, **stores
        )
        self.harness.ledger.client.set("impasto:fence_base", BASE)
        self.job_id = self.harness.submit(steps=10)
        submitted_job = self.job.model_dump(include=set(NewJob.model_fields))
        keep_job_records(self.harness.blobs, [NewJob(**submitted_job)])
        with pytest.raises(SystemExit):
            self.harness.handler.handle(self.job_id)
        self.harness.runner.raises.clear()
        if harm is not None:
            harm(self)
        self.lose()

    @property
    def job(self) -> Job:
        return self.harness.ledger.get(self.job_id)

    def lose(self) -> None:
        self.harness.ledger.lose_everything()
        rebuilder = Rebuilder(
            ledger=self.harness.ledger,
            blobs=self.harness.blobs,
            reservations=self.harness.ledger.reservations,
            record_ttl_s=3600.0,
        )
        assert rebuilder.rebuild() is not None

    def paint(self) -> int:
        """Paint it; return how many steps were not taken once more."""
        self.harness.handler.handle(self.job_id)
        assert self.job.status is JobStatus.SUCCEEDED
        return self.harness.runner.resumed[-1]


@pytest.fixture(autouse=True)
def _copies_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "LEAST_PART", 0)


def test_it_goes_on_where_it_was_lost() -> None:
    rebuilt = Rebuilt()
    assert rebuilt.paint() == 5
    assert rebuilt.job.resumed_from_step == 5
    assert rebuilt.job.attempt == 1


def test_it_goes_on_from_an_object_storage_too(storage: ObjectStorage) -> None:
    blobs: Any = storage.store(storage.new_bucket())
    assert Rebuilt(blobs=blobs).paint() == 5


def test_it_does_so_after_a_second_loss_too() -> None:
    rebuilt = Rebuilt()
    rebuilt.lose()
    assert rebuilt.paint() == 5


def test_files_are_due_when_it_has_ended() -> None:
    rebuilt = Rebuilt()
    rebuilt.paint()
    rebuilt.harness.ledger._rules = type(rebuilt.harness.ledger._rules)(blob_grace_s=0)
    keys = rebuilt.harness.blobs.keys(CHECKPOINTS_FOLDER)
    left = {key for key in keys if "-" not in key}  # others are for branches
    assert left == {
        checkpoint_key(rebuilt.job_id, BASE + 1),
        newest_checkpoint_key(rebuilt.job_id),
    }
    assert left <= set(rebuilt.harness.ledger.sweep())


def state_is(content: bytes) -> Callable[[Rebuilt], None]:
    def harm(rebuilt: Rebuilt) -> None:
        rebuilt.harness.blobs.put(checkpoint_key(rebuilt.job_id, BASE + 1), content)

    return harm


def name_is(content: bytes) -> Callable[[Rebuilt], None]:
    def harm(rebuilt: Rebuilt) -> None:
        rebuilt.harness.blobs.put(newest_checkpoint_key(rebuilt.job_id), content)

    return harm


def state_is_gone(rebuilt: Rebuilt) -> None:
    rebuilt.harness.blobs.delete(checkpoint_key(rebuilt.job_id, BASE + 1))


def nobody_named_it(rebuilt: Rebuilt) -> None:
    rebuilt.harness.blobs.delete(newest_checkpoint_key(rebuilt.job_id))


def it_names(job_id: str | None = None, key: str | None = None) -> Callable:
    """Let the name be another job's, or lead to a file that is not the job's."""

    def harm(rebuilt: Rebuilt) -> None:
        found = rebuilt.job.checkpoint
        assert found is not None
        if key is not None:
            rebuilt.harness.blobs.put(key, b"step 9 of 10")
            found = found.model_copy(update={"blob_key": key})
        name = ArchivedCheckpoint(job_id=job_id or rebuilt.job_id, checkpoint=found)
        name_is(name.to_json())(rebuilt)

    return harm


@pytest.mark.parametrize(
    "harm",
    [
        state_is(b"half a state"),
        state_is(b""),
        state_is_gone,
        name_is(b'{"version":1,"kind":"checkpo'),
        name_is(b""),
        nobody_named_it,
        it_names(job_id=f"job_{'0' * 32}"),
        it_names(key=checkpoint_key(f"job_{'0' * 32}", 1)),
        it_names(key="uploads/aa"),
    ],
    ids=[
        *("torn state", "empty state", "no state", "torn name", "empty name"),
        *("no name", "another's name", "another's state", "no checkpoint"),
    ],
)
def test_a_checkpoint_that_is_no_good_hinders_no_job(
    harm: Callable[[Rebuilt], None], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        rebuilt = Rebuilt(harm=harm)
    assert rebuilt.paint() == 0
    assert rebuilt.job.resumed_from_step is None


def test_no_job_points_to_a_file_that_is_not_there() -> None:
    assert Rebuilt().job.checkpoint is not None
    assert Rebuilt(harm=state_is_gone).job.checkpoint is None


def test_the_last_attempt_does_not_trust_a_checkpoint_of_before() -> None:
    """Two attempts were lost soon after it: perhaps it kills."""
    rebuilt = Rebuilt()
    ledger = rebuilt.harness.ledger
    for worker in "ab":
        assert ledger.claim(rebuilt.job_id, worker) is not None
        ledger.client.zadd("impasto:leases", {rebuilt.job_id: 0.0})
    assert rebuilt.paint() == 0
    assert rebuilt.job.attempt == 3
