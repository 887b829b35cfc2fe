"""Canceling a job: at once while it waits, as a request while it runs."""

from app.contract.jobs import Job
from app.contract.ports import JobFinishedError, Ledger
from app.http.callers import Caller
from app.jobs.fetch import find_job
from app.problems import ProblemCode, ProblemError


def cancel_job(ledger: Ledger, job_id: str, caller: Caller) -> Job:
    """Return the job, canceled or asked to stop; asking again changes nothing.

    Raises:
        JobNotFoundError: There is no such job.
        ProblemError: The job has ended in another way.
    """
    find_job(ledger, job_id, caller)
    try:
        return ledger.request_cancel(job_id)
    except JobFinishedError as error:
        raise ProblemError(
            ProblemCode.JOB_FINISHED,
            "The job has ended and cannot be canceled.",
            job_id=job_id,
        ) from error
