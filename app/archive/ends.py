"""How jobs ended is kept soon after the ledger knows it."""

import logging
from collections.abc import Iterable

from app.contract.ports import BlobStore, JobNotFoundError, Ledger, StoreError
from app.contract.records.archives import ArchivedEnd
from app.contract.records.wire import end_key

_log = logging.getLogger(__name__)


def keep_ends(ledger: Ledger, blobs: BlobStore, job_ids: Iterable[str]) -> None:
    """Keep durably how these jobs ended; those that have not are passed over.

    The ledger forgets that an end is to be kept only when it is. A job that is deleted
    meanwhile leaves nothing.

    Raises:
        StoreError: One of the stores does not work; what was not kept is named again.
    """
    for job_id in job_ids:
        try:
            job = ledger.get(job_id)
        except JobNotFoundError:
            ledger.restoration.note_written([job_id])
            continue
        if job.status.is_final:
            end = ArchivedEnd(job=job, losses=tuple(ledger.losses(job_id)))
            blobs.put(end_key(job_id), end.to_json())
            for gone in ledger.restoration.note_written([job_id]):
                blobs.delete(end_key(gone))


def keep_end(ledger: Ledger, blobs: BlobStore, job_id: str) -> None:
    """Keep how a job ended, if it did; what fails is made good by a janitor."""
    try:
        keep_ends(ledger, blobs, [job_id])
    except StoreError as error:
        _log.warning("end not kept job_id=%s: %s", job_id, error)
