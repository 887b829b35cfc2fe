"""The ledger in memory: its states move as in the Lua scripts."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.contract.batches import Batch
from app.contract.events import EventKind
from app.contract.failures import Failure
from app.contract.jobs import CancelReason, Job, JobStatus, NewJob, Outcome
from app.contract.ports import (
    Claim,
    JobFinishedError,
    JobNotFinishedError,
    Order,
)
from app.contract.reuse import fingerprint_of
from app.contract.samples import Sample
from app.contract.updates import Row, Update
from app.stores.ledger.rules import LedgerRules
from app.stores.memory.notes import MemoryNotes
from app.stores.memory.reader import RUNNING
from app.stores.memory.restoration import MemoryRestoration


class MemoryLedger(MemoryNotes, MemoryRestoration):
    """Implements the `Ledger` port for one process and any number of threads."""

    def __init__(
        self, rules: LedgerRules | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Use `clock` (seconds since 1970) where Redis would use the server's."""
        super().__init__(rules or LedgerRules(), clock)

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        """Record jobs as queued, all or none; False if the first was there already."""
        with self._lock:
            if jobs[0].id in self._jobs:
                return False
            self._require_room(jobs)
            for place, job in enumerate(jobs):
                created = self._now() + timedelta(microseconds=place)
                self._record(job, created)
                self._bells[job.id] = created.timestamp()
                self._hold(job)
                self._announce(job.id)
            if batch is not None:
                self._batches[batch.id] = batch.model_copy(
                    update={"created_at": self._now()}
                )
        return True

    def record_reused(self, job: NewJob, source: Job) -> bool:
        """Record a job that has succeeded at once: with the picture of `source`."""
        with self._lock:
            if job.id in self._jobs:
                return True
            there = self._jobs.get(source.id)
            if there is None or self.get(source.id).expired or there.outcome is None:
                return False
            self._record(job, self._now())
            self._counters["reused"] += 1
            news = {"outcome": there.outcome, "progress": there.progress}
            self._end(job.id, JobStatus.SUCCEEDED, **news)
        return True

    def claim(self, job_id: str, worker: str) -> Claim | None:
        """Take the job whose turn it is for a new attempt, or nothing."""
        with self._lock:
            if not self._is_whole:
                return None
            for end_s, held_id in sorted((s, id_) for id_, s in self._leases.items()):
                held = self._jobs[held_id]
                if held.worker == worker and end_s >= self._clock():
                    self._leases[held_id] = self._clock() + self._rules.lease_s
                    return Claim(held_id, self._fence(held))
            for each in [*(job.id for job in self._waiting()), job_id]:
                if (attempt := self._take(each, worker)) is not None:
                    return Claim(each, attempt)
        return None

    def beat(
        self,
        job_id: str,
        attempt: int,
        progress: Update | None,
        losses: Sequence[Row] = (),
    ) -> Order:
        """Renew the lease, carry progress, bring back what the client wants."""
        with self._lock:
            job = self._held(job_id, attempt)
            if job is None:
                return Order.LEASE_LOST
            self._leases[job_id] = self._clock() + self._rules.lease_s
            self._losses[job_id] += losses
            if progress is not None:
                self._carry(job, progress)
        if job.cancel_requested_at is not None:
            return Order.CANCEL
        return Order.GO_ON if job.finish_requested_at is None else Order.FINISH

    def succeed(
        self, job_id: str, attempt: int, outcome: Outcome, sample: Sample | None = None
    ) -> bool:
        """Commit the picture; False if this attempt no longer holds the job."""
        with self._lock:
            was_held = self._held(job_id, attempt) is not None
            done = self._commit(job_id, attempt, JobStatus.SUCCEEDED, outcome=outcome)
            if was_held and not outcome.stopped_early:
                self._reusable[fingerprint_of(self._jobs[job_id])] = job_id
            if was_held and sample is not None:
                self._samples = [sample, *self._samples][: self._rules.samples_kept]
                self._counters["steps"] += sample.steps
        return done

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""
        with self._lock:
            return self._commit(job_id, attempt, JobStatus.FAILED, error=failure)

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client wished."""
        with self._lock:
            return self._commit(job_id, attempt, JobStatus.CANCELED)

    def hand_back(self, job_id: str, attempt: int) -> bool:
        """Queue the job again and give the attempt back: the worker must leave."""
        with self._lock:
            job = self._held(job_id, attempt)
            if job is None:
                return False
            if job.cancel_requested_at is not None:
                return self.cancel_done(job_id, attempt)
            del self._leases[job_id]
            self._bells[job_id] = 0
            # The number never comes again: see the script.
            self._fences[job_id] += 1
            self._move(
                job_id,
                JobStatus.QUEUED,
                attempt=job.attempt - 1,
                progress=None,
                started_at=None,
                worker=None,
            )
        return True

    def request_cancel(
        self, job_id: str, reason: CancelReason = CancelReason.REQUESTED
    ) -> Job:
        """End a waiting job at once, ask a running one to stop."""
        with self._lock:
            job = self.get(job_id)
            if job.status in {JobStatus.SUCCEEDED, JobStatus.FAILED}:
                raise JobFinishedError(job_id)
            if job.cancel_requested_at is None:
                asked = {"cancel_requested_at": self._now(), "cancel_reason": reason}
                if job.status is JobStatus.QUEUED:
                    self._end(job_id, JobStatus.CANCELED, **asked)
                else:
                    self._move(job_id, job.status, **asked)
        return self.get(job_id)

    def request_finish(self, job_id: str) -> Job:
        """Ask a job to end early with the picture as it is; return the record."""
        with self._lock:
            job = self.get(job_id)
            if job.status.is_final or job.cancel_requested_at is not None:
                raise JobFinishedError(job_id)
            if job.finish_requested_at is None:
                self._move(job_id, job.status, finish_requested_at=self._now())
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended; its blobs are due for `sweep`."""
        with self._lock:
            if not self.get(job_id).status.is_final:
                raise JobNotFinishedError(job_id)
            self._forget(job_id)

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again."""
        with self._lock:
            now_s = self._clock()
            self._cancel_overdue(now_s)
            for job_id in [id_ for id_, end_s in self._leases.items() if end_s < now_s]:
                del self._leases[job_id]
                self._counters["attempts_lost"] += 1
                if not self._ends_instead_of_running(self._jobs[job_id]):
                    self._bells[job_id] = 0
                    self._move(job_id, JobStatus.QUEUED, progress=None)
            oldest_s = now_s - self._rules.bell_patience_s
            overdue = [id_ for id_, rung_s in self._bells.items() if rung_s <= oldest_s]
            self._bells.update(dict.fromkeys(overdue, now_s))
        return overdue

    def sweep(self) -> list[str]:
        """Forget records past their time; return keys of blobs that nobody needs."""
        with self._lock:
            if not self._is_whole:
                return []
            oldest_s = self._clock() - self._rules.record_ttl_s
            for job in list(self._jobs.values()):
                ends = job.expires_at
                if ends is not None and ends.timestamp() <= oldest_s:
                    self._forget(job.id)
            return self._holders.take_due(self._clock() - self._rules.blob_grace_s)

    def _record(self, job: NewJob, created_at: datetime) -> None:
        self._jobs[job.id] = Job(
            **job.model_dump(),
            status=JobStatus.QUEUED,
            revision=0,
            attempt=0,
            created_at=created_at,
        )
        self._counters["submitted"] += 1

    def _take(self, job_id: str, worker: str) -> int | None:
        job = self._jobs.get(job_id)
        if job is None or not self._is_claimable(job):
            return None
        self._bells.pop(job_id, None)
        self._leases.pop(job_id, None)
        if self._ends_instead_of_running(job):
            return None
        self._leases[job_id] = self._clock() + self._rules.lease_s
        if self._ledgers_fences.get(job_id) != self._fence_base:
            self._ledgers_fences[job_id] = self._fences[job_id] = self._fence_base
        self._cut_losses(job_id, job.checkpoint.step if job.checkpoint else 0)
        self._move(
            job_id,
            JobStatus.STARTING,
            attempt=job.attempt + 1,
            worker=worker,
            started_at=self._now(),
            progress=None,
            resumed_from_step=None,
        )
        if job.attempt == 0 and job_id not in self._begun:
            waited_s = self._clock() - job.created_at.timestamp()
            self._observe("wait_seconds", waited_s)
            self._tell(job, "started")
        self._begun[job_id] = None
        return self._fence(self._jobs[job_id])

    def _carry(self, job: Job, progress: Update) -> None:
        if job.status is JobStatus.STARTING:
            self._move(job.id, JobStatus.PROCESSING)
        self._change(job.id, progress=progress)
        revision = self._jobs[job.id].revision
        data = {"revision": revision, **progress.model_dump(mode="json")}
        self.feed.emit(job.id, EventKind.PROGRESS, data)

    def _cancel_overdue(self, now_s: float) -> None:
        for job in list(self._jobs.values()):
            due = job.deadline_at
            is_due = due is not None and due.timestamp() <= now_s
            if is_due and not job.status.is_final and job.cancel_requested_at is None:
                self.request_cancel(job.id, CancelReason.DEADLINE)

    def _ends_instead_of_running(self, job: Job) -> bool:
        """End a job that was canceled or has used up its attempts."""
        if job.status in RUNNING:
            self._drop_unnoted_checkpoint(job)
        if job.cancel_requested_at is not None:
            self._end(job.id, JobStatus.CANCELED, progress=None)
            return True
        if job.attempt >= self._rules.max_attempts:
            news = {"error": self._rules.worker_lost, "progress": None}
            self._end(job.id, JobStatus.FAILED, **news)
            return True
        return False

    # The values are of the fields' types; pydantic's copy takes any mapping.
    def _commit(
        self, job_id: str, attempt: int, status: JobStatus, **news: Any
    ) -> bool:
        if self._held(job_id, attempt) is None:
            return self._has_ended_so(job_id, attempt, status, news)
        self._end(job_id, status, **news)
        return True
