"""How jobs change in memory: one place for revisions, events, counts and the outbox."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from app.contract.events import EventKind
from app.contract.jobs import Checkpoint, Job, JobStatus, NewJob, Preview
from app.contract.ports import QueueFullError, TooManyActiveJobsError
from app.contract.reuse import fingerprint_of
from app.contract.wire import (
    batch_key,
    checkpoint_key,
    early_end_key,
    end_key,
    newest_checkpoint_key,
    order_key,
)
from app.stores.ledger.records import blobs_of, charge_of
from app.stores.ledger.rules import HISTOGRAM_BOUNDS, LedgerRules
from app.stores.memory.feed import MemoryFeed
from app.stores.memory.holders import Holders
from app.stores.memory.messages import MemoryMessages
from app.stores.memory.queue import Ticket
from app.stores.memory.reader import RUNNING, MemoryReader


class MemoryStates(MemoryReader):
    """What the scripts share in `common.lua`.

    Attributes:
        feed: tells what happens here.
        outbox: webhook messages, and when they are due.
    """

    def __init__(
        self, rules: LedgerRules, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(clock)
        self._rules = rules
        self.feed = MemoryFeed()
        self.outbox = MemoryMessages()
        self._lock = threading.RLock()
        self._bells: dict[str, float] = {}
        #: Jobs whose end is not kept beside the ledger yet.
        self._unwritten: dict[str, None] = {}
        #: Jobs that were begun once, even if that attempt was handed back.
        self._begun: dict[str, None] = {}
        #: From where attempts are numbered, and from where that of each job was.
        self._fence_base = 0
        self._fences: dict[str, int] = {}
        #: The ledger's base when that of each job was taken from it.
        self._ledgers_fences: dict[str, int] = {}
        self._holders = Holders()

    # The values are of the fields' types; pydantic's copy takes any mapping.
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _show(self, job_id: str, preview: Preview) -> None:
        self._change(job_id, preview=preview)
        revision = self._jobs[job_id].revision
        data: dict[str, JsonValue] = {"step": preview.step, "revision": revision}
        self.feed.emit(job_id, EventKind.PREVIEW, data)

    def _held(self, job_id: str, attempt: int) -> Job | None:
        job = self._jobs.get(job_id)
        if job is None or job.status not in RUNNING:
            return None
        return job if self._fence(job) == attempt else None

    def _fence(self, job: Job) -> int:
        """Return the number of an attempt that no other one ever has."""
        return self._fences.get(job.id, 0) + job.attempt

    def _end(self, job_id: str, status: JobStatus, **news: Any) -> None:
        """End a job, whatever it was doing; at `completed_at`, if not now."""
        before = self._jobs[job_id]
        self._queue.dequeue(job_id)
        self._bells.pop(job_id, None)
        self._leases.pop(job_id, None)
        at = news.pop("completed_at", None) or self._now()
        ends = at + timedelta(seconds=before.ttl_seconds)
        self._change(job_id, **news, status=status, completed_at=at, expires_at=ends)
        self._unwritten[job_id] = None
        job = self._jobs[job_id]
        for blob in _blobs_of(job):
            self._holders.hold(blob, job_id, ends.timestamp())
        self._drop_checkpoint(job)
        self._count_end(before, job)
        data = self._state(job_id)
        self.feed.emit(job_id, EventKind.STATUS, data)
        self.feed.emit(job_id, EventKind.DONE, data)
        self._tell(job, status)

    def _keep_checkpoint(self, job_id: str, checkpoint: Checkpoint) -> None:
        """Let a job point to a checkpoint: its blob is needed as long as it does."""
        for blob in (checkpoint.blob_key, newest_checkpoint_key(job_id)):
            self._holders.hold(blob, job_id, float("inf"))
        self._set(job_id, checkpoint=checkpoint)

    def _drop_checkpoint(self, job: Job) -> None:
        if job.checkpoint is not None:
            for blob in (job.checkpoint.blob_key, newest_checkpoint_key(job.id)):
                self._holders.hold(blob, job.id, self._clock())
            self._set(job.id, checkpoint=None)

    def _drop_unnoted_checkpoint(self, job: Job) -> None:
        """Let go of what a lost attempt may have stored and never noted."""
        blob = checkpoint_key(job.id, self._fence(job))
        if job.checkpoint is None or job.checkpoint.blob_key != blob:
            self._holders.hold(blob, job.id, self._clock())

    def _cut_losses(self, job_id: str, step: int) -> None:
        """Cut the loss curve back to a step; nothing is left of it at 0."""
        points = self._losses.pop(job_id, [])
        self._losses[job_id] = [each for each in points if each.step <= step > 0]

    def _count_end(self, before: Job, job: Job) -> None:
        code = "" if job.error is None else f":{job.error.code}"
        self._counters[f"ended:{job.status}{code}"] += 1
        if before.status in RUNNING and before.started_at is not None:
            now_s = self._clock()
            self._observe("run_seconds", now_s - before.started_at.timestamp())
            if job.status is JobStatus.CANCELED and job.cancel_requested_at is not None:
                asked_s = job.cancel_requested_at.timestamp()
                self._observe("cancel_seconds", now_s - asked_s)

    def _observe(self, name: str, value: float) -> None:
        fitting = (bound for bound in HISTOGRAM_BOUNDS[name] if value <= bound)
        self._counters[f"{name}:le:{next(fitting, '+Inf')}"] += 1
        self._counters[f"{name}:count"] += 1
        self._counters[f"{name}:sum"] += value

    def _tell(self, job: Job, event: str) -> None:
        if job.webhook is not None and f"job.{event}" in job.webhook.events:
            self.outbox[f"{job.id}:job.{event}"] = self._clock()

    def _forget(self, job_id: str) -> None:
        job = self._jobs.pop(job_id)
        fingerprint = fingerprint_of(job)
        if self._reusable.get(fingerprint) == job_id:
            del self._reusable[fingerprint]
        self._release(job)
        # The order goes before the end: see the script.
        self._holders.hold(order_key(job_id), "", self._clock() - 1e-3)
        for asked in job.asked:
            self._holders.hold(early_end_key(job_id, asked), "", self._clock())
        self._holders.hold(end_key(job_id), "", self._clock())
        self._drop_beside(job_id)

    def _drop_beside(self, job_id: str) -> None:
        """Drop what there is of a job besides its record."""
        self._unwritten.pop(job_id, None)
        self._begun.pop(job_id, None)
        self._fences.pop(job_id, None)
        self._ledgers_fences.pop(job_id, None)
        for kept in (self._losses, self._previews):
            kept.pop(job_id, None)
        self.feed.forget(job_id)
        self.outbox.forget(job_id)

    def _release(self, job: Job) -> None:
        """Need nothing of a job's any more; its checkpoints are due already."""
        blobs = _blobs_of(job)
        blobs += [preview.blob_key for _, preview in self._previews.get(job.id, ())]
        if job.batch_id is not None:
            blobs.append(batch_key(job.batch_id))
        for blob in blobs:
            self._holders.release(blob, job.id)

    def _move(self, job_id: str, status: JobStatus, **news: Any) -> None:
        self._change(job_id, status=status, **news)
        if status is JobStatus.QUEUED:
            ticket = _ticket_of(self._jobs[job_id])
            self._queue.enqueue(ticket, is_idle=not self._leases)
        else:
            self._queue.serve(job_id)
        self.feed.emit(job_id, EventKind.STATUS, self._state(job_id))

    def _announce(self, job_id: str) -> None:
        self._move(job_id, self._jobs[job_id].status)

    def _state(self, job_id: str) -> dict[str, Any]:
        job = self._jobs[job_id]
        return {
            "status": str(job.status),
            "revision": job.revision,
            "attempt": job.attempt,
        }

    def _change(self, job_id: str, **news: Any) -> None:
        self._set(job_id, **news, revision=self._jobs[job_id].revision + 1)

    def _set(self, job_id: str, **news: Any) -> None:
        """Change what clients are not told of."""
        self._jobs[job_id] = self._jobs[job_id].model_copy(update=news)

    def _is_claimable(self, job: Job) -> bool:
        lease_is_over = self._leases.get(job.id, 0) < self._clock()
        return job.status is JobStatus.QUEUED or (
            job.status in RUNNING and lease_is_over
        )

    def _has_ended_so(
        self, job_id: str, attempt: int, status: JobStatus, news: dict[str, Any]
    ) -> bool:
        """Tell whether this very end was committed before: its answer was lost."""
        job = self._jobs.get(job_id)
        if job is None or job.status is not status:
            return False
        if self._fence(job) != attempt and "outcome" not in news:
            return False
        return all(getattr(job, name) == value for name, value in news.items())

    def _require_room(self, jobs: Sequence[NewJob]) -> None:
        rules, owner = self._rules, jobs[0].owner
        if (depth := self.queue_depth()) + len(jobs) > rules.queue_limit:
            raise QueueFullError(depth, rules.queue_limit)
        if owner is not None:
            active = self.active_jobs(owner)
            if active + len(jobs) > rules.active_limit:
                raise TooManyActiveJobsError(active, rules.active_limit)


def _blobs_of(job: Job) -> list[str]:
    """Return the keys of a job's pictures: those it needs, and the one it made."""
    made = [] if job.outcome is None else job.outcome.blob_keys
    return [*blobs_of(job), *made]


def _ticket_of(job: Job) -> Ticket:
    return Ticket(
        job_id=job.id,
        owner=job.owner,
        rank=job.priority.rank,
        created_s=job.created_at.timestamp(),
        charge=charge_of(job),
    )
