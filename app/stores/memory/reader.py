"""What the ledger in memory can be asked; nothing here changes it."""

import time
from collections import defaultdict
from collections.abc import Callable

from app.contract.batches import Batch
from app.contract.jobs import Job, JobStatus, NewJob, Preview
from app.contract.ports import (
    BatchNotFoundError,
    JobFilter,
    JobNotFoundError,
    JobPage,
    LedgerIncompleteError,
)
from app.contract.reuse import fingerprint_of
from app.contract.samples import Sample
from app.contract.updates import Row
from app.stores.memory.queue import FairQueue

RUNNING = frozenset({JobStatus.STARTING, JobStatus.PROCESSING})


class MemoryReader:
    """The reading half of the `Ledger` port."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._queue = FairQueue()
        self._batches: dict[str, Batch] = {}
        self._losses: dict[str, list[Row]] = defaultdict(list)
        self._previews: dict[str, list[tuple[float, Preview]]] = defaultdict(list)
        self._reusable: dict[str, str] = {}
        self._leases: dict[str, float] = {}
        self._samples: list[Sample] = []
        self._counters: dict[str, float] = defaultdict(float)
        self._is_whole = True

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""
        if job_id not in self._jobs:
            self._require_whole()
            raise JobNotFoundError(job_id)
        job = self._jobs[job_id]
        waiting = self._queue.order()
        position = waiting.index(job_id) if job_id in waiting else None
        ends = job.expires_at
        expired = ends is not None and ends.timestamp() <= self._clock()
        return job.model_copy(update={"queue_position": position, "expired": expired})

    def list_jobs(self, wanted: JobFilter) -> JobPage:
        """Return a page of jobs, in the order of their creation."""
        self._require_whole()
        order = [job_id for job_id, job in self._jobs.items() if _shown(job, wanted)]
        if wanted.newest_first:
            order.reverse()
        if wanted.cursor is not None:
            known = wanted.cursor in order
            order = order[order.index(wanted.cursor) + 1 :] if known else []
        page = [self.get(job_id) for job_id in order[: wanted.limit]]
        more = len(order) > wanted.limit
        return JobPage(page, page[-1].id if more else None)

    def get_batch(self, batch_id: str) -> Batch:
        """Return the batch, or raise BatchNotFoundError."""
        if batch_id not in self._batches:
            self._require_whole()
            raise BatchNotFoundError(batch_id)
        return self._batches[batch_id]

    def find_reusable(self, job: NewJob) -> str | None:
        """Return the id of a job of this owner that made what `job` would make."""
        return self._reusable.get(fingerprint_of(job))

    def losses(self, job_id: str) -> list[Row]:
        """Return the loss curve of the present attempt, the first step first.

        It goes when the job's pictures go.
        """
        if job_id in self._jobs and self.get(job_id).expired:
            return []
        # As in Redis: a beat that is sent again counts once.
        return list(dict.fromkeys(self._losses.get(job_id, ())))

    def previews(self, job_id: str) -> list[Preview]:
        """Return the previews that are kept, the oldest first."""
        now_s = self._clock()
        kept = self._previews.get(job_id, ())
        return [preview for until_s, preview in kept if until_s > now_s]

    def queue_depth(self) -> int:
        """Return how many jobs wait."""
        return len(self._queue)

    def active_jobs(self, owner: str) -> int:
        """Return how many jobs of a key are unfinished."""
        mine = (job for job in self._jobs.values() if (job.owner or "") == owner)
        return sum(not job.status.is_final for job in mine)

    def running(self) -> list[Job]:
        """Return the jobs that workers hold."""
        return [job for job in self._jobs.values() if job.status in RUNNING]

    def samples(self) -> list[Sample]:
        """Return what the last jobs cost, the newest first."""
        return list(self._samples)

    def counters(self) -> dict[str, float]:
        """Return what was counted since the ledger began, by name."""
        return dict(self._counters)

    def ping(self) -> None:
        """Memory always answers."""

    def is_whole(self) -> bool:
        """Tell whether nothing is missing."""
        return self._is_whole

    def _require_whole(self) -> None:
        if not self._is_whole:
            raise LedgerIncompleteError

    def _waiting(self) -> list[Job]:
        return [self._jobs[job_id] for job_id in self._queue.order()]


def _shown(job: Job, wanted: JobFilter) -> bool:
    is_of_status = not wanted.statuses or job.status in wanted.statuses
    return job.owner == wanted.owner and is_of_status
