"""Looking at a job, and fetching its picture once it has one."""

import math

from app.contract.jobs import Job, JobStatus, ResultImage, is_job_id
from app.contract.ports import (
    BlobNotFoundError,
    BlobStore,
    JobNotFoundError,
    Ledger,
    StorageUnavailableError,
)
from app.http.callers import Caller
from app.problems import ProblemCode, ProblemError

MIN_RETRY_AFTER_S, MAX_RETRY_AFTER_S = 1, 5


def find_job(ledger: Ledger, job_id: str, caller: Caller) -> Job:
    """Return the job, or raise JobNotFoundError.

    A malformed id is an unknown one, and so is another key's job: nobody learns which
    ids there are.
    """
    if not is_job_id(job_id):
        raise JobNotFoundError(job_id)
    job = ledger.get(job_id)
    if job.owner != caller.owner:
        raise JobNotFoundError(job_id)
    return job


def retry_after_s(job: Job) -> int | None:
    """Return when to ask again, in whole seconds; None once the job has ended."""
    if job.status.is_final:
        return None
    if job.progress is not None:
        eta_s = job.progress.eta_seconds
    else:
        eta_s = MIN_RETRY_AFTER_S + (job.queue_position or 0)
    return max(MIN_RETRY_AFTER_S, min(MAX_RETRY_AFTER_S, math.ceil(eta_s)))


def require_result(job: Job) -> ResultImage:
    """Return the finished picture's record, or say why there is none."""
    if job.status is JobStatus.CANCELED:
        detail = "The job was canceled and has no picture."
        raise ProblemError(ProblemCode.JOB_CANCELED, detail, job_id=job.id)
    if job.error is not None:
        raise ProblemError(
            ProblemCode.JOB_FAILED,
            f"The job failed: {job.error.detail}",
            job_id=job.id,
            extra={"error": job.error.model_dump(mode="json")},
        )
    if job.outcome is None:
        raise ProblemError(
            ProblemCode.RESULT_NOT_READY,
            f"The job is {job.status}; its picture is not finished.",
            job_id=job.id,
            retry_after_s=retry_after_s(job),
        )
    return job.outcome.result


def read_picture(blobs: BlobStore, result: ResultImage) -> bytes:
    """Return the picture's bytes; that they are gone is a fault of the store."""
    try:
        return blobs.get(result.blob_key)
    except BlobNotFoundError as error:
        raise StorageUnavailableError(f"lost: {result.blob_key}") from error
