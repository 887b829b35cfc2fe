"""Ending or pausing a job before its time, and forgetting one that has ended."""

from functools import partial

from app.archive.early_ends import ask, resume
from app.archive.job_records import forget_job
from app.contract.jobs import EarlyEnd, Job
from app.contract.ports import (
    BlobStore,
    JobFinishedError,
    JobNotFinishedError,
    JobNotPausedError,
    Ledger,
)
from app.http.access.callers import Caller
from app.jobs.fetch import find_job
from app.problems import ProblemCode, ProblemError

_TOO_LATE = {
    EarlyEnd.CANCEL: "The job has ended and cannot be canceled.",
    EarlyEnd.FINISH: "The job has ended or is being canceled; it cannot be finished "
    "early.",
    EarlyEnd.PAUSE: "The job has ended or was asked to end; it cannot pause.",
}


def _end_early(
    asked: EarlyEnd, blobs: BlobStore, ledger: Ledger, job_id: str, caller: Caller
) -> Job:
    """Return the job, ended or asked to end; asking again changes nothing.

    Raises:
        JobNotFoundError: There is no such job.
        ProblemError: The job has ended in another way, or is to end without a picture.
        StorageUnavailableError: It was asked, and that is not kept durably.
    """
    find_job(ledger, job_id, caller)
    try:
        return ask(ledger, blobs, job_id, asked)
    except JobFinishedError as error:
        code, detail = ProblemCode.JOB_FINISHED, _TOO_LATE[asked]
        raise ProblemError(code, detail, job_id=job_id) from error


cancel_job = partial(_end_early, EarlyEnd.CANCEL)
finish_job = partial(_end_early, EarlyEnd.FINISH)
pause_job = partial(_end_early, EarlyEnd.PAUSE)


def resume_job(blobs: BlobStore, ledger: Ledger, job_id: str, caller: Caller) -> Job:
    """Let a paused job go on.

    Raises:
        JobNotFoundError: There is no such job.
        ProblemError: The job has ended, or is not paused.
    """
    find_job(ledger, job_id, caller)
    try:
        return resume(ledger, blobs, job_id)
    except JobFinishedError as error:
        code, detail = ProblemCode.JOB_FINISHED, "The job has ended."
        raise ProblemError(code, detail, job_id=job_id) from error
    except JobNotPausedError as error:
        code, detail = ProblemCode.JOB_NOT_PAUSED, "The job waits or runs."
        raise ProblemError(code, detail, job_id=job_id) from error


def delete_job(blobs: BlobStore, ledger: Ledger, job_id: str, caller: Caller) -> None:
    """Forget a job; its pictures are deleted soon after, unless another needs them.

    Raises:
        JobNotFoundError: There is no such job.
        ProblemError: The job waits or runs.
    """
    job = find_job(ledger, job_id, caller)
    try:
        forget_job(ledger, blobs, job)
    except JobNotFinishedError as error:
        raise ProblemError(
            ProblemCode.JOB_NOT_FINISHED,
            f"The job is {job.status}; cancel it before you delete it.",
            job_id=job_id,
        ) from error
