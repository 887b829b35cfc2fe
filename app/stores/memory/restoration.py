"""The ledger in memory loses everything when a test says so, and gets it back."""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.contract.batches import Batch
from app.contract.jobs import Job, JobStatus, NewJob
from app.contract.ports import LedgerIncompleteError, RestorationLostError
from app.contract.ports.restoration import RESTORING_PATIENCE_S, Restored
from app.contract.reuse import fingerprint_of
from app.contract.wire import batch_key
from app.stores.ledger.records import blobs_of, is_reusable
from app.stores.ledger.rules import LedgerRules
from app.stores.memory.holders import Holders
from app.stores.memory.queue import FairQueue
from app.stores.memory.states import MemoryStates

#: What a record says besides its order; the rest follows from the steps themselves.
_STATE = (
    "attempt",
    "started_at",
    "cancel_requested_at",
    "cancel_reason",
    "finish_requested_at",
    "worker",
    "progress",
    "outcome",
    "error",
    "resumed_from_step",
)


class MemoryRestoration(MemoryStates):
    """Implements the `Restoration` port."""

    def __init__(
        self, rules: LedgerRules, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(rules, clock)
        self._token: str | None = None
        self._token_end_s = 0.0
        self._turns: dict[str, float] = {}

    def lose_everything(self) -> None:
        """Do what FLUSHALL does in Redis."""
        with self._lock:
            kept: tuple[dict[str, Any], ...] = (
                *(self._jobs, self._batches, self._losses, self._previews),
                *(self._reusable, self._leases, self._bells, self._unwritten),
                *(self._fences, self._ledgers_fences, self._begun, self._turns),
                *(self._counters, self.outbox),
            )
            for each in kept:
                each.clear()
            self.feed.forget_all()
            self._samples, self._holders = [], Holders()
            self._queue = FairQueue()
            self._token, self._is_whole, self._fence_base = None, False, 0

    def start_again(self) -> None:
        """Do what another start of the server does: nobody knows what was lost."""
        self._is_whole = False

    def begin_restoring(self) -> str | None:
        """Return a token for the steps; None while another one restores."""
        with self._lock:
            if self._token is not None and self._token_end_s > self._clock():
                return None
            self._token = secrets.token_hex(8)
            self._token_end_s = self._clock() + RESTORING_PATIENCE_S
            return self._token

    def checked_jobs(self, token: str) -> dict[str, Job | None]:
        """Return all jobs by their ids; what is in memory is sound."""
        with self._lock:
            self._require(token)
            jobs = self._jobs.items()
            return {id_: None if job.status.is_final else job for id_, job in jobs}

    def drop(self, token: str, job_id: str) -> None:
        """Drop a job's record without ending it; its pictures are not touched."""
        with self._lock:
            self._require(token)
            if self._jobs.pop(job_id, None) is not None:
                self._queue.dequeue(job_id)
                self._bells.pop(job_id, None)
                self._leases.pop(job_id, None)
                self._holders.leave(job_id)
                self._drop_beside(job_id)

    def wipe(self, token: str) -> None:
        """Drop all that the ledger holds."""
        with self._lock:
            self._require(token)
            end_s = self._token_end_s
            self.lose_everything()
            self._token, self._token_end_s = token, end_s

    def restore(self, token: str, restored: Restored) -> bool:
        """Record a job as it was; False if there was nothing to do."""
        with self._lock:
            self._require(token)
            job, end = restored.job, restored.end
            there = self._jobs.get(job.id)
            if there is not None and (end is None or there.status.is_final):
                return False
            if there is None:
                self._record_again(job, restored.created_at)
            if end is None:
                if restored.checkpoint is not None:
                    self._keep_checkpoint(job.id, restored.checkpoint)
                self._bells[job.id] = 0.0
                self._announce(job.id)
            else:
                self._losses[job.id] = list(end.losses)
                self._end_again(end.job, end.completed_at, retell=restored.retell)
        return True

    def restore_batch(self, token: str, batch: Batch, created_at: datetime) -> None:
        """Record a batch unless it is there."""
        with self._lock:
            self._require(token)
            there = batch.model_copy(update={"created_at": created_at})
            self._batches.setdefault(batch.id, there)

    def finish_restoring(self, token: str, fence_base: int) -> None:
        """Call the ledger whole; attempts are numbered from `fence_base` now."""
        with self._lock:
            self._require(token)
            self._token = None
            if not self._is_whole:
                self._is_whole, self._fence_base = True, fence_base
                self._bells.update(dict.fromkeys(self._bells, 0.0))

    def abandon_restoring(self, token: str) -> None:
        """Let another one begin at once; what was restored stays."""
        with self._lock:
            if self._token == token:
                self._token = None

    def statuses(self, job_ids: Sequence[str]) -> dict[str, JobStatus]:
        """Return the states of those of the jobs that the ledger has."""
        with self._lock:
            there = [job_id for job_id in job_ids if job_id in self._jobs]
            return {job_id: self._jobs[job_id].status for job_id in there}

    def unwritten_ends(self) -> list[str]:
        """Return jobs that have ended, and of which no end is kept yet; some."""
        with self._lock:
            return list(self._unwritten)

    def note_written(self, job_ids: Sequence[str]) -> list[str]:
        """Note whose end is kept now; return those that were forgotten meanwhile."""
        with self._lock:
            for job_id in job_ids:
                self._unwritten.pop(job_id, None)
            return [job_id for job_id in job_ids if job_id not in self._jobs]

    def unneeded(self, blobs: Sequence[str]) -> list[str]:
        """Return those of the blobs that no job needs and `sweep` will not name."""
        with self._lock:
            if not self._is_whole:
                raise LedgerIncompleteError
            return [blob for blob in blobs if not self._holders.is_held(blob)]

    def take_turn(self, name: str, interval_s: float) -> bool:
        """Tell whether it is time for a chore that somebody does every `interval_s`."""
        with self._lock:
            now_s = self._clock()
            if self._turns.get(name, 0.0) > now_s:
                return False
            self._turns[name] = now_s + interval_s
            return True

    def _require(self, token: str) -> None:
        now_s = self._clock()
        if token != self._token or self._token_end_s <= now_s:
            raise RestorationLostError(token)
        self._token_end_s = now_s + RESTORING_PATIENCE_S

    def _hold(self, job: NewJob) -> None:
        """Note what an unfinished job needs, and its batch's file beyond its end."""
        for blob in blobs_of(job):
            self._holders.hold(blob, job.id, float("inf"))
        if job.batch_id is not None:
            self._holders.hold(batch_key(job.batch_id), job.id, float("inf"))

    def _record_again(self, job: NewJob, created_at: datetime) -> None:
        self._jobs[job.id] = Job(
            **job.model_dump(),
            status=JobStatus.QUEUED,
            revision=0,
            attempt=0,
            created_at=created_at,
        )
        # Lists are in the order of creation.
        by_time = sorted(self._jobs.items(), key=lambda item: item[1].created_at)
        self._jobs = dict(by_time)
        self._hold(job)

    def _end_again(self, record: Job, at: datetime, *, retell: bool) -> None:
        state = {name: getattr(record, name) for name in _STATE}
        self._fences.pop(record.id, None)
        self._ledgers_fences.pop(record.id, None)
        # The last step is taken once more, and raises the revision.
        self._set(record.id, **state, revision=record.revision - 1)
        self._end(record.id, record.status, completed_at=at)
        self._unwritten.pop(record.id, None)
        if not retell:
            self.outbox.pop(f"{record.id}:job.{record.status}", None)
        if is_reusable(record) and not self.get(record.id).expired:
            self._reusable[fingerprint_of(record)] = record.id
