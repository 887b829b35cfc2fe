"""Changing a job while it waits or runs: its worker takes what is new with its beat."""

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.contract.commands import Verb, require_changeable
from app.contract.jobs import Job
from app.contract.kind import RefusedParams
from app.contract.ports import JobFinishedError, Ledger
from app.http.access.callers import Caller
from app.jobs.fetch import find_job
from app.problems import FieldError, ProblemCode, ProblemError
from app.submissions.json_texts import JsonTextError, read_json
from app.submissions.offers import Offer
from app.submissions.parameters import parameters_of

#: Some numbers: a hundredth of it is usual.
MAX_BODY_BYTES = 64 * 2**10


class ControlsView(BaseModel):
    """What was asked of a job; the worker may not have heard it yet."""

    revision: Annotated[int, Field(ge=1, description="Rises with every change.")]


def find_open_job(ledger: Ledger, job_id: str, caller: Caller) -> Job:
    """Return a job that has not ended.

    Raises:
        JobNotFoundError: There is no such job.
        ProblemError: It has ended.
    """
    job = find_job(ledger, job_id, caller)
    if job.status.is_final:
        raise _finished(job_id)
    return job


def change_job(ledger: Ledger, job: Job, offer: Offer, text: str) -> ControlsView:
    """Ask a job to go on with other values.

    Args:
        ledger: has the job.
        job: waits or runs.
        offer: of the job's kind.
        text: JSON of what changes, by name.

    Raises:
        ProblemError: The kind cannot change it, a value is not allowed, or the job has
            ended meanwhile.
    """
    values = _read_object(text)
    kind = offer.kind
    try:
        require_changeable(kind, values)
    except RefusedParams as error:
        raise _refused(job, error) from error
    # Judged as a submission's, with all the others.
    params = kind.parse(job.params, job.inputs)
    parameters_of(kind.overridden(params, values), offer)
    try:
        return ControlsView(revision=ledger.request(job.id, Verb.CHANGE, values))
    except JobFinishedError as error:
        raise _finished(job.id) from error


def not_pausable(job: Job) -> ProblemError:
    """Return the problem of one who would pause a job: no kind can yet."""
    detail = f"A job of kind {job.kind} cannot pause."
    return ProblemError(ProblemCode.NOT_CHANGEABLE, detail, job_id=job.id)


def _read_object(text: str) -> dict[str, JsonValue]:
    try:
        body = read_json(text)
    except JsonTextError as error:
        detail = f"The body {error}."
        raise ProblemError(ProblemCode.MALFORMED_BODY, detail) from error
    if not isinstance(body, dict) or not body:
        detail = "The body must be a JSON object of what shall change."
        raise ProblemError(ProblemCode.INVALID_VALUE, detail)
    return body


def _refused(job: Job, error: RefusedParams) -> ProblemError:
    code = ProblemCode(error.code)
    entry = FieldError(
        field=error.pointer,
        code=code,
        message=str(error),
        limit=error.limit,
        actual=error.actual,
    )
    extra = {"allowed": error.limit}
    return ProblemError(code, str(error), [entry], job_id=job.id, extra=extra)


def _finished(job_id: str) -> ProblemError:
    detail = "The job has ended or is being canceled; nothing of it can change."
    return ProblemError(ProblemCode.JOB_FINISHED, detail, job_id=job_id)
