"""How a batch stands: the sum of how its jobs stand."""

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from app.archive.early_ends import ask, tell
from app.contract.batches import Batch, is_batch_id
from app.contract.jobs import EarlyEnd, Job, JobStatus
from app.contract.ports import (
    BatchNotFoundError,
    BlobStore,
    JobFinishedError,
    JobNotFoundError,
    Ledger,
)
from app.submissions.enqueueing import find

MIN_RETRY_AFTER_S, MAX_RETRY_AFTER_S = 1, 5


class BatchStatus(StrEnum):
    """The first two are left again; the others are ends."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    #: Some pictures are there, and some job failed.
    PARTIALLY_FAILED = "partially_failed"
    FAILED = "failed"
    #: Some job was canceled, and none failed.
    CANCELED = "canceled"


@dataclass(frozen=True)
class BatchState:
    """A batch and its jobs.

    Attributes:
        batch: the record.
        jobs: in its order; None for one that was deleted.
    """

    batch: Batch
    jobs: Sequence[Job | None]

    @property
    def there(self) -> list[Job]:
        """The jobs that were not deleted."""
        return [job for job in self.jobs if job is not None]

    @property
    def counts(self) -> Counter[JobStatus]:
        """How many jobs are in which state."""
        return Counter(job.status for job in self.there)

    @property
    def is_final(self) -> bool:
        """Whether every job has ended."""
        return all(job.status.is_final for job in self.there)

    @property
    def status(self) -> BatchStatus:
        """The state of the whole."""
        counts = self.counts
        if counts[JobStatus.QUEUED] == len(self.there):
            return BatchStatus.QUEUED
        if not self.is_final:
            return BatchStatus.PROCESSING
        if counts[JobStatus.FAILED]:
            some = counts[JobStatus.SUCCEEDED] > 0
            return BatchStatus.PARTIALLY_FAILED if some else BatchStatus.FAILED
        if counts[JobStatus.CANCELED]:
            return BatchStatus.CANCELED
        return BatchStatus.SUCCEEDED

    @property
    def etag(self) -> str:
        """A weak validator: it changes with the revision of any job."""
        revisions = [None if job is None else job.revision for job in self.jobs]
        digest = hashlib.sha256(repr(revisions).encode()).hexdigest()
        return f'W/"{digest[:16]}"'

    @property
    def retry_after_s(self) -> int | None:
        """When to ask again, in whole seconds; None once every job has ended."""
        if self.is_final:
            return None
        soonest_s = min(
            (
                job.progress.eta_seconds
                for job in self.there
                if job.progress is not None and not job.status.is_final
            ),
            default=float(MIN_RETRY_AFTER_S),
        )
        return max(MIN_RETRY_AFTER_S, min(MAX_RETRY_AFTER_S, math.ceil(soonest_s)))


def find_batch(ledger: Ledger, batch_id: str, owner: str | None) -> BatchState:
    """Return how a batch stands, or raise BatchNotFoundError.

    A malformed id is an unknown one, and so is another key's batch, and one all of
    whose jobs were deleted.
    """
    if not is_batch_id(batch_id):
        raise BatchNotFoundError(batch_id)
    batch = ledger.get_batch(batch_id)
    if batch.owner != owner:
        raise BatchNotFoundError(batch_id)
    state = BatchState(batch, [find(ledger.get, each) for each in batch.job_ids])
    if not state.there:
        raise BatchNotFoundError(batch_id)
    return state


def cancel_batch(
    ledger: Ledger, blobs: BlobStore, batch_id: str, owner: str | None
) -> BatchState:
    """Cancel what has not ended, and return how the batch stands then.

    Again: the same. What has ended stays as it is. All are told to stop before any is
    kept, which takes time and may fail.

    Raises:
        StorageUnavailableError: They were asked, and that is not kept durably.
    """
    open_jobs = [
        job.id
        for job in find_batch(ledger, batch_id, owner).there
        if not job.status.is_final
    ]
    for job_id in open_jobs:
        with suppress(JobFinishedError, JobNotFoundError):  # it was faster
            tell(ledger, job_id, EarlyEnd.CANCEL)
    for job_id in open_jobs:
        with suppress(JobFinishedError, JobNotFoundError):
            ask(ledger, blobs, job_id, EarlyEnd.CANCEL)
    return find_batch(ledger, batch_id, owner)
