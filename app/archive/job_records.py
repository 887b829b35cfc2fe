"""Records of jobs are kept before the ledger has them, and go with their record."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from app.archive.discarding import discard_unneeded
from app.contract.batches import Batch
from app.contract.jobs import Job, NewJob
from app.contract.ports import (
    BlobStore,
    JobNotFinishedError,
    Ledger,
    LedgerUnavailableError,
    StoreError,
)
from app.contract.records.archives import ArchivedBatch, JobRecord
from app.contract.records.wire import (
    batch_key,
    commands_key,
    early_end_key,
    end_key,
    job_record_key,
)

_log = logging.getLogger(__name__)

#: So many records of a batch are written at once.
_WRITERS = 8


@contextmanager
def all_or_nothing(
    ledger: Ledger,
    blobs: BlobStore,
    jobs: Sequence[NewJob],
    batch: Batch | None = None,
    pictures: Sequence[str] = (),
) -> Iterator[None]:
    """Let the block keep the records and tell the ledger; undo the first if it fails.

    Nobody was promised anything then: the records go, and so do those of `pictures`
    (keys of blobs) that no other job needs. A crash within the block leaves files that
    a later comparison makes jobs of: painted in vain, but never lost.
    """
    try:
        yield
    except LedgerUnavailableError:
        # Whether it has the jobs is not known; their pictures may be needed.
        _take_back(ledger, blobs, jobs, batch, ())
        raise
    except BaseException:
        _take_back(ledger, blobs, jobs, batch, pictures)
        raise


def keep_job_records(
    blobs: BlobStore,
    jobs: Sequence[NewJob],
    batch: Batch | None = None,
    created_at: datetime | None = None,
) -> None:
    """Keep jobs durably; the batch last, for it says that all of its jobs are there.

    Raises:
        StorageUnavailableError: Some cannot be kept.
    """
    at = created_at or datetime.now(UTC)

    def keep(place: int, job: NewJob) -> None:
        # A batch's jobs keep their order, as in the ledger.
        record = JobRecord(created_at=at + timedelta(microseconds=place), job=job)
        blobs.put(job_record_key(job.id), record.to_json())

    if len(jobs) <= 1:
        for job in jobs:
            keep(0, job)
    else:
        # Waiting for the disk takes long, and many can wait together.
        with ThreadPoolExecutor(min(len(jobs), _WRITERS)) as pool:
            list(pool.map(keep, count(), jobs))
    if batch is not None:
        archive = ArchivedBatch(created_at=at, batch=batch)
        blobs.put(batch_key(batch.id), archive.to_json())


def ensure_job_records(
    blobs: BlobStore, jobs: Sequence[Job], batch: Batch | None = None
) -> None:
    """Keep the orders of jobs that are promised once more, unless they are kept.

    The first request may have failed after the ledger had them.
    """
    for job in jobs:
        # A job record whose end is still to be kept would be painted once more.
        is_sound = not job.status.is_final or blobs.exists(end_key(job.id))
        if is_sound and not blobs.exists(job_record_key(job.id)):
            record = job.model_dump(include=set(NewJob.model_fields))
            keep_job_records(blobs, [NewJob(**record)], created_at=job.created_at)
    if batch is not None and not blobs.exists(batch_key(batch.id)):
        keep_job_records(blobs, [], batch, batch.created_at)


def forget_job(ledger: Ledger, blobs: BlobStore, job: Job) -> None:
    """Forget a job that has ended; it does not come back, wherever a crash falls.

    The record goes first: what is left then is not restored. The end goes last: a job
    record without an end would be painted once more.

    Raises:
        JobNotFinishedError: It waits or runs.
        JobNotFoundError: It is gone already.
    """
    if not job.status.is_final:
        raise JobNotFinishedError(job.id)
    blobs.delete(job_record_key(job.id))
    ledger.delete(job.id)
    for asked in job.asked:
        blobs.delete(early_end_key(job.id, asked))
    if job.controls_revision:
        blobs.delete(commands_key(job.id))
    blobs.delete(end_key(job.id))


def _take_back(
    ledger: Ledger,
    blobs: BlobStore,
    jobs: Sequence[NewJob],
    batch: Batch | None,
    pictures: Sequence[str],
) -> None:
    """Remove what may have been kept; what cannot be removed is found by a janitor."""
    try:
        if batch is not None:
            blobs.delete(batch_key(batch.id))
        for job in jobs:
            blobs.delete(job_record_key(job.id))
        discard_unneeded(ledger, blobs, pictures)
    except StoreError as error:
        _log.warning("job records not taken back job_id=%s: %s", jobs[0].id, error)
