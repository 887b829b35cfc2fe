"""A cancel, finish or pause that was accepted is kept like the job itself.

Knows no HTTP: who may ask, and what is answered, is the features' affair.
"""

from app.archive.ends import keep_end
from app.contract.jobs import EarlyEnd, Job
from app.contract.ports import BlobStore, JobFinishedError, JobNotFoundError, Ledger
from app.contract.records.archives import ArchivedEarlyEnd
from app.contract.records.wire import early_end_key


def ask(ledger: Ledger, blobs: BlobStore, job_id: str, asked: EarlyEnd) -> Job:
    """Ask a job to end early; what it does not do at once is kept durably.

    The ledger is told first: what it refuses leaves no file, and a full disk keeps no
    job painting. A crash before the file is there comes before the answer.

    Raises:
        JobNotFoundError: There is no such job.
        JobFinishedError: It has ended otherwise, or was told to stop.
        StoreError: Whether it is asked is not known, or known to the ledger alone; to
            ask again does no harm.
    """
    job = tell(ledger, job_id, asked)
    if job.status.is_final:
        keep_end(ledger, blobs, job_id)
        return job
    key = early_end_key(job_id, asked)
    blobs.put(key, ArchivedEarlyEnd(job_id=job_id, asked=asked).to_json())
    try:
        # Before there was a file, the ledger may have been lost and restored without.
        return tell(ledger, job_id, asked)
    except JobFinishedError:
        return job  # it was faster
    except JobNotFoundError:
        blobs.delete(key)  # it has ended and was deleted
        return job


def resume(ledger: Ledger, blobs: BlobStore, job_id: str) -> Job:
    """Let a paused job go on, and forget that it was paused.

    The file goes first: one that was left would pause the job again.

    Raises:
        JobNotFoundError: There is no such job.
        JobFinishedError: It has ended, or was told to stop.
        JobNotPausedError: It is not paused.
        StoreError: Whether it goes on is not known; to ask again does no harm.
    """
    if EarlyEnd.PAUSE in ledger.get(job_id).asked:
        blobs.delete(early_end_key(job_id, EarlyEnd.PAUSE))
    return ledger.requests.resume(job_id)


def tell(ledger: Ledger, job_id: str, asked: EarlyEnd) -> Job:
    """Tell the ledger alone; return the record. Again: nothing changes.

    Raises:
        JobNotFoundError: There is no such job.
        JobFinishedError: It has ended otherwise, or was told to stop.
    """
    if asked is EarlyEnd.CANCEL:
        return ledger.requests.cancel(job_id)
    if asked is EarlyEnd.PAUSE:
        return ledger.requests.pause(job_id)
    return ledger.requests.finish(job_id)
