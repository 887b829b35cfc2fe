"""Changing a job while it waits or runs: its worker takes what is new with its beat."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue

from app.archive.changes import ask_change
from app.contract.changes import AT_STEP, CHANGES
from app.contract.commands import (
    changeable_of,
    controls_schema,
    require_changeable,
)
from app.contract.jobs import Job
from app.contract.kind import AnyKind, Kinds, RefusedParams
from app.contract.ports import (
    BlobStore,
    JobFinishedError,
    Ledger,
    StaleRevisionError,
    TooManyFilesError,
)
from app.contract.views.changes import ControlsState, params_with_changes
from app.http.access.callers import Caller
from app.jobs.fetch import find_job
from app.problems import FieldError, ProblemCode, ProblemError, refuse
from app.submissions.json_texts import JsonTextError, pointer_to, read_json
from app.submissions.offers import Offer
from app.submissions.parameters import parameters_of
from app.submissions.terms import require_harmony

#: Some numbers: a hundredth of it is usual.
MAX_BODY_BYTES = 64 * 2**10
#: What of a job is left to do, in the kinds that can change it.
_STEPS = "steps"


class AskedView(BaseModel):
    """What was asked of a job; the worker may not have heard it yet."""

    revision: Annotated[int, Field(ge=1, description="Rises with every change.")]


class ControlsView(ControlsState):
    """What of a job may change, and how it stands."""

    values: Annotated[
        dict[str, JsonValue], Field(description="As they are, or were asked to be.")
    ]
    schema_: Annotated[
        dict[str, JsonValue],
        Field(alias="schema", description="JSON Schema of what may be sent."),
    ]


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


def controls_of(ledger: Ledger, kinds: Kinds, job: Job) -> ControlsView:
    """Return the values of what of a job may change: the newest that were asked for."""
    kind = kinds.of(job.kind)
    names = changeable_of(kind, kind.parse(job.params, job.inputs), job.inputs)
    values = values_of(ledger, kind, job)
    return ControlsView(
        **ControlsState.of(job).model_dump(),
        values={name: values[name] for name in names if name in values},
        schema=controls_schema(kind, names),
    )


def values_of(ledger: Ledger, kind: AnyKind, job: Job) -> dict[str, JsonValue]:
    """Return the newest values that were asked for, of inputs the files' hashes."""
    params = params_with_changes(kind, job)
    replaceable = kind.replaceable(kind.parse(job.params, job.inputs), job.inputs)
    values: dict[str, JsonValue] = dict.fromkeys(replaceable)
    values |= {name: each.sha256 for name, each in job.inputs.items()} | params
    done = max(
        0 if job.progress is None else job.progress.step,
        0 if job.start is None else job.start.step,
    )
    # A parameter of that name is a list of objects, by the kind's own model.
    changes: Any = params.get(CHANGES, ())
    for change in changes:
        if change[AT_STEP] <= done:
            values.update(change)
    for command in ledger.requests.commands(job.id):
        values.update(command.values)
    return values


def revisions_of(if_match: str | None) -> frozenset[int] | None:
    """Return which revisions `If-Match` names; None if any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(","))
    return frozenset(int(tag) for tag in tags if tag.isdecimal() and len(tag) < 16)


def change_job(
    ledger: Ledger,
    blobs: BlobStore,
    job: Job,
    offer: Offer,
    text: str,
    expected: frozenset[int] | None = None,
) -> AskedView:
    """Ask a job to go on with other values.

    Args:
        ledger: has the job.
        blobs: keeps what is asked.
        job: waits or runs.
        offer: of the job's kind.
        text: JSON of what changes, by name; null is the default.
        expected: the revisions that the client has seen; None: any will do.

    Raises:
        ProblemError: The kind cannot change it, a value is not allowed, the job has
            ended meanwhile, or has another revision.
    """
    asked = judged_changes(offer, job, _read_object(text))
    _require_steps_left(job, asked)
    return ask(ledger, blobs, job, asked, expected)


def ask(
    ledger: Ledger,
    blobs: BlobStore,
    job: Job,
    asked: Mapping[str, JsonValue],
    expected: frozenset[int] | None,
) -> AskedView:
    """Ask a job to go on with values that were judged.

    Raises:
        ProblemError: The job has ended meanwhile, has another revision, or as many
            masks as are kept.
    """
    try:
        revision = ask_change(ledger, blobs, job.id, asked, expected)
    except JobFinishedError as error:
        raise _finished(job.id) from error
    except StaleRevisionError as error:
        raise _stale(job.id, error) from error
    except TooManyFilesError as error:
        raise _too_many_masks(job.id, error, asked) from error
    return AskedView(revision=revision)


def judged_changes(
    offer: Offer, job: Job, values: Mapping[str, JsonValue], *, at: str = ""
) -> dict[str, JsonValue]:
    """Return values that a job may go on with, as they are stored.

    Args:
        offer: of the job's kind.
        job: whose they shall be.
        values: by name; null is the default.
        at: JSON pointer to where they stand in the body.

    Raises:
        ProblemError: The kind cannot change one, or it is not allowed.
    """
    kind = offer.kind
    params = kind.parse(job.params, job.inputs)
    require_changeable_of(job, kind, params, values, at=at)
    files = kind.replaceable(params, job.inputs).intersection(values)
    for name in files:
        if values[name] is not None:
            path = f"/v1/jobs/{job.id}/inputs/{name}"
            detail = f"{name} may be null; PUT to {path} sends another one."
            raise refuse(pointer_to(at, name), detail)
    numbers = {name: each for name, each in values.items() if name not in files}
    # Judged as a submission's, with all the others.
    wanted = parameters_of(kind.overridden(params, numbers), offer)
    require_harmony(offer, wanted, job.inputs)
    judged = wanted.model_dump(mode="json", include=set(numbers))
    return {**judged, **dict.fromkeys(files)}


def require_changeable_of(
    job: Job,
    kind: AnyKind,
    params: BaseModel,
    names: Iterable[str],
    *,
    at: str = "",
) -> None:
    """Raise a ProblemError unless all of these may change of a job while it runs."""
    try:
        require_changeable(kind, params, job.inputs, names)
    except RefusedParams as error:
        raise _refused(job, error, at) from error


def _require_steps_left(job: Job, asked: Mapping[str, JsonValue]) -> None:
    """Refuse fewer steps than are taken; the worker may have taken some more by now."""
    steps = asked.get(_STEPS)
    if job.progress is None or not isinstance(steps, int):
        return
    if steps <= (done := job.progress.step):
        detail = f"The job has taken {done} steps already; finish it to end it here."
        raise refuse(f"/{_STEPS}", detail, ProblemCode.OUT_OF_RANGE, done + 1, steps)


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


def _refused(job: Job, error: RefusedParams, at: str) -> ProblemError:
    code = ProblemCode(error.code)
    entry = FieldError(
        field=at + error.pointer,
        code=code,
        message=str(error),
        limit=error.limit,
        actual=error.actual,
    )
    extra = {"allowed": error.limit}
    return ProblemError(code, str(error), [entry], job_id=job.id, extra=extra)


def _stale(job_id: str, error: StaleRevisionError) -> ProblemError:
    detail = f"The job's controls are at revision {error.revision}."
    headers = {"ETag": f'"{error.revision}"'}
    return ProblemError(
        ProblemCode.PRECONDITION_FAILED,
        detail,
        job_id=job_id,
        headers=headers,
        extra={"revision": error.revision},
    )


def _too_many_masks(
    job_id: str, error: TooManyFilesError, asked: Iterable[str]
) -> ProblemError:
    code, limit = ProblemCode.TOO_MANY_MASKS, error.limit
    detail = f"The job's changes name {limit} masks; no more are kept. Branch it."
    entries = [
        FieldError(field=pointer_to("", name), code=code, message=detail, limit=limit)
        for name in asked
    ]
    return ProblemError(code, detail, entries, job_id=job_id)


def _finished(job_id: str) -> ProblemError:
    detail = "The job has ended or is being canceled; nothing of it can change."
    return ProblemError(ProblemCode.JOB_FINISHED, detail, job_id=job_id)
