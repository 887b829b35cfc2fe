"""In-memory twins of the stores: the same promises for one process.

Shipped, not hidden in the tests: every room can be tried without Redis and without a
disk, and one suite holds the twins and the real stores to the same behaviour. Time is
an argument, so that a lease can run out without waiting.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.contract.failures import Failure
from app.contract.jobs import CancelReason, Job, JobStatus, NewJob, Outcome, Progress
from app.contract.ports import (
    BlobNotFoundError,
    Claim,
    JobFinishedError,
    JobNotFoundError,
    Order,
    QueueFullError,
)
from app.stores.ledger.rules import LedgerRules

_RUNNING = frozenset({JobStatus.STARTING, JobStatus.PROCESSING})


@dataclass
class MemoryBlobStore:
    """Blobs in a dictionary."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        """Store a copy."""
        self.blobs[key] = bytes(content)

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""
        try:
            return self.blobs[key]
        except KeyError as error:
            raise BlobNotFoundError(f"no blob {key}") from error

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""
        return key in self.blobs

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error."""
        self.blobs.pop(key, None)

    def check(self) -> None:
        """Memory is always there."""


@dataclass
class MemoryDoorbell:
    """Remembers who was rung for."""

    rung: list[str] = field(default_factory=list)

    def ring(self, job_id: str) -> None:
        """Note the id."""
        self.rung.append(job_id)


class MemoryLedger:
    """Implements the `Ledger` port; the states move as in the Lua scripts."""

    def __init__(
        self, rules: LedgerRules | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Use `clock` (seconds since 1970) where Redis would use the server's."""
        self._rules = rules or LedgerRules()
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._bells: dict[str, float] = {}
        self._leases: dict[str, float] = {}
        self._workers: dict[str, float] = {}

    def create(self, job: NewJob) -> bool:
        """Record a job as queued; False if the id was there already."""
        if job.id in self._jobs:
            return False
        if (depth := self.queue_depth()) >= self._rules.queue_limit:
            raise QueueFullError(depth, self._rules.queue_limit)
        self._jobs[job.id] = Job(
            **job.model_dump(),
            status=JobStatus.QUEUED,
            revision=1,
            attempt=0,
            created_at=self._now(),
        )
        self._bells[job.id] = self._clock()
        return True

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""
        job = self._known(job_id)
        waiting = [each.id for each in self._waiting()]
        position = waiting.index(job_id) if job_id in waiting else None
        return job.model_copy(update={"queue_position": position})

    def claim(self, job_id: str, worker: str) -> Claim | None:
        """Take the job that has waited longest for a new attempt, or nothing."""
        for held_id, end_s in self._leases.items():
            held = self._jobs[held_id]
            if held.worker == worker and end_s >= self._clock():
                self._leases[held_id] = self._clock() + self._rules.lease_s
                return Claim(held_id, held.attempt)
        for each in [*(job.id for job in self._waiting()), job_id]:
            if (attempt := self._take(each, worker)) is not None:
                return Claim(each, attempt)
        return None

    def _take(self, job_id: str, worker: str) -> int | None:
        job = self._jobs.get(job_id)
        if job is None or not self._is_claimable(job):
            return None
        self._bells.pop(job_id, None)
        self._leases.pop(job_id, None)
        if self._ends_instead_of_running(job):
            return None
        self._leases[job_id] = self._clock() + self._rules.lease_s
        self._change(
            job_id,
            status=JobStatus.STARTING,
            attempt=job.attempt + 1,
            worker=worker,
            started_at=self._now(),
            progress=None,
        )
        return job.attempt + 1

    def beat(self, job_id: str, attempt: int, progress: Progress | None) -> Order:
        """Renew the lease, carry progress, bring back what the client wants."""
        job = self._held(job_id, attempt)
        if job is None:
            return Order.LEASE_LOST
        self._leases[job_id] = self._clock() + self._rules.lease_s
        if progress is not None:
            self._change(job_id, status=JobStatus.PROCESSING, progress=progress)
        return Order.GO_ON if job.cancel_requested_at is None else Order.CANCEL

    def succeed(self, job_id: str, attempt: int, outcome: Outcome) -> bool:
        """Commit the picture; False if this attempt no longer holds the job."""
        return self._end(job_id, attempt, JobStatus.SUCCEEDED, outcome=outcome)

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""
        return self._end(job_id, attempt, JobStatus.FAILED, error=failure)

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client wished."""
        return self._end(job_id, attempt, JobStatus.CANCELED)

    def hand_back(self, job_id: str, attempt: int) -> bool:
        """Queue the job again and give the attempt back: the worker must leave."""
        job = self._held(job_id, attempt)
        if job is None:
            return False
        if job.cancel_requested_at is not None:
            return self.cancel_done(job_id, attempt)
        del self._leases[job_id]
        self._bells[job_id] = 0
        self._change(
            job_id,
            status=JobStatus.QUEUED,
            attempt=attempt - 1,
            progress=None,
            started_at=None,
            worker=None,
        )
        return True

    def request_cancel(self, job_id: str) -> Job:
        """End a waiting job at once, ask a running one to stop."""
        job = self._known(job_id)
        if job.status in {JobStatus.SUCCEEDED, JobStatus.FAILED}:
            raise JobFinishedError(job_id)
        if job.cancel_requested_at is None:
            asked = {
                "cancel_requested_at": self._now(),
                "cancel_reason": CancelReason.REQUESTED,
            }
            if job.status is JobStatus.QUEUED:
                self._bells.pop(job_id, None)
                asked |= {"status": JobStatus.CANCELED, "completed_at": self._now()}
            self._change(job_id, **asked)
        return self.get(job_id)

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again."""
        now_s = self._clock()
        for job_id in [id_ for id_, end_s in self._leases.items() if end_s < now_s]:
            del self._leases[job_id]
            if not self._ends_instead_of_running(self._jobs[job_id]):
                self._bells[job_id] = 0
                self._change(job_id, status=JobStatus.QUEUED, progress=None)
        oldest_s = now_s - self._rules.bell_patience_s
        overdue = [id_ for id_, rung_s in self._bells.items() if rung_s <= oldest_s]
        self._bells.update(dict.fromkeys(overdue, now_s))
        return overdue

    def announce_worker(self, worker: str) -> None:
        """Note that a worker is alive, for readiness."""
        self._workers[worker] = self._clock()

    def forget_worker(self, worker: str) -> None:
        """Note that a worker leaves, for readiness."""
        self._workers.pop(worker, None)

    def live_workers(self) -> int:
        """Return how many workers announced themselves of late."""
        oldest_s = self._clock() - self._rules.worker_patience_s
        return sum(seen_s >= oldest_s for seen_s in self._workers.values())

    def queue_depth(self) -> int:
        """Return how many jobs wait."""
        return len(self._waiting())

    def ping(self) -> None:
        """Memory always answers."""

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _known(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise JobNotFoundError(job_id)
        return self._jobs[job_id]

    def _waiting(self) -> list[Job]:
        queued = [j for j in self._jobs.values() if j.status is JobStatus.QUEUED]
        return sorted(queued, key=lambda job: job.created_at)

    def _held(self, job_id: str, attempt: int) -> Job | None:
        job = self._jobs.get(job_id)
        if job is None or job.status not in _RUNNING or job.attempt != attempt:
            return None
        return job

    def _is_claimable(self, job: Job) -> bool:
        lease_is_over = self._leases.get(job.id, 0) < self._clock()
        return job.status is JobStatus.QUEUED or (
            job.status in _RUNNING and lease_is_over
        )

    def _ends_instead_of_running(self, job: Job) -> bool:
        """End a job that was canceled or has used up its attempts."""
        if job.cancel_requested_at is not None:
            end: dict[str, Any] = {"status": JobStatus.CANCELED}
        elif job.attempt >= self._rules.max_attempts:
            end = {"status": JobStatus.FAILED, "error": self._rules.worker_lost}
        else:
            return False
        self._change(job.id, completed_at=self._now(), progress=None, **end)
        return True

    # The values are of the fields' types; pydantic's copy takes any mapping.
    def _end(self, job_id: str, attempt: int, status: JobStatus, **news: Any) -> bool:
        if self._held(job_id, attempt) is None:
            return self._has_ended_so(job_id, attempt, status, news)
        del self._leases[job_id]
        self._change(job_id, status=status, completed_at=self._now(), **news)
        return True

    def _has_ended_so(
        self, job_id: str, attempt: int, status: JobStatus, news: dict[str, Any]
    ) -> bool:
        """Tell whether this very end was committed before: its answer was lost."""
        job = self._jobs.get(job_id)
        if job is None or (job.attempt, job.status) != (attempt, status):
            return False
        return all(getattr(job, name) == value for name, value in news.items())

    def _change(self, job_id: str, **news: Any) -> None:
        job = self._jobs[job_id]
        self._jobs[job_id] = job.model_copy(
            update={**news, "revision": job.revision + 1}
        )
