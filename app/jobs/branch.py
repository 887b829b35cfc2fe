"""A new job that goes on from the state of an old one, wherever that one stands.

Knows no HTTP. The old job stays as it is; the state is copied when the new one is
recorded.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, JsonValue

from app.contract.changes import CHANGES, in_order
from app.contract.jobs import Checkpoint, Job
from app.contract.kind import RefusedParams
from app.contract.records.states import states_of
from app.jobs.controls import judged_changes
from app.jobs.retry import read_changes, terms_like
from app.problems import ProblemCode, ProblemError, refuse
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.fields import PARAMS, TERMS, WEBHOOK
from app.submissions.idempotency import fingerprint_of_request
from app.submissions.offers import Offer
from app.submissions.submission import Submission
from app.submissions.terms import require_harmony

AT = "at"
#: The members of a branch's body.
MEMBERS = (PARAMS, AT, *TERMS)
#: The last of the states that are kept.
NEWEST = "newest"
#: Of `params`: how many more are taken than were.
STEPS = "steps"
#: A worker keeps its job's first state after some seconds.
_RETRY_AFTER_S = 2


def branched(
    old: Job, body: Mapping[str, JsonValue], deps: SubmissionDependencies
) -> Submission:
    """Return a submission that goes on from where an old job stands.

    Args:
        old: the job to branch.
        body: what shall be other from here on, by `MEMBERS`.
        deps: says what is offered.

    Raises:
        ProblemError: There is no state, or something of the body is not allowed.
    """
    changes = read_changes(body)
    state = _state_at(old, body.get(AT))
    offer = deps.offer(old.kind)
    params = _params_of(old, state, changes, offer)
    require_harmony(offer, params, old.inputs)
    asked: JsonValue = [old.id, *(body.get(name) for name in MEMBERS)]
    return Submission(
        kind=offer.kind,
        jobs=[old.inputs],
        empty=old.empty_inputs,
        terms=terms_like(old, params, body),
        fingerprint=partial(fingerprint_of_request, "branch", asked),
        branch_of=old.id,
        start=state,
        webhook=None if WEBHOOK in body else old.webhook,
    )


def _state_at(job: Job, at: JsonValue) -> Checkpoint:
    """Return the state that is meant.

    Raises:
        ProblemError: There is none yet, or none any more, or `at` is no step.
    """
    newest, known = _newest_of(job), {state.step: state for state in states_of(job)}
    if at in (None, NEWEST):
        return newest
    if not isinstance(at, int) or isinstance(at, bool) or not 0 < at <= newest.step:
        detail = f"The newest state is that of step {newest.step}."
        actual = at if isinstance(at, str | int) else None
        raise refuse(f"/{AT}", detail, limit=[NEWEST, *known], actual=actual)
    if at not in known:
        steps = ", ".join(map(str, known))
        detail = f"The state of step {at} is not kept; those of {steps} are."
        raise ProblemError(ProblemCode.STATE_EXPIRED, detail, job_id=job.id)
    return known[at]


def _newest_of(job: Job) -> Checkpoint:
    """Return the newest state that is kept.

    Raises:
        ProblemError: There is none yet, or none any more.
    """
    if states := states_of(job):
        return states[-1]
    if job.status.is_final:
        detail = "The job's last state is not kept, or it had none."
        raise ProblemError(ProblemCode.STATE_EXPIRED, detail, job_id=job.id)
    raise ProblemError(
        ProblemCode.STATE_NOT_READY,
        "The job has not kept a state yet.",
        job_id=job.id,
        retry_after_s=_RETRY_AFTER_S,
    )


def _params_of(
    old: Job, state: Checkpoint, changes: Mapping[str, JsonValue], offer: Offer
) -> BaseModel:
    """Return the parameters of the new job, every value filled in."""
    kind = offer.kind
    values = {name: each for name, each in changes.items() if name != STEPS}
    further = _further_steps(old, state, changes.get(STEPS))
    if values:
        values = judged_changes(offer, old, values, at=f"/{PARAMS}")
    params = kind.parse(_params_until(old, state.step, offer), old.inputs)
    try:
        # Any: of the kind's own model.
        made: BaseModel = kind.branched(params, state.step, values, further)
    except RefusedParams as error:
        code = ProblemCode(error.code)
        raise refuse(
            error.pointer, str(error), code, error.limit, error.actual
        ) from error
    return made


def _params_until(job: Job, step: int, offer: Offer) -> dict[str, JsonValue]:
    """Return the parameters with all that was changed on the way to a step."""
    applied = [change for change in job.changes if change.at_step < step]
    if not applied:
        return job.params
    if CHANGES in offer.kind.views.params.model_fields:
        # A parameter of that name is a list of objects, by the kind's own model.
        sent: Any = job.params.get(CHANGES, ())
        return {**job.params, CHANGES: [*in_order(sent, applied)]}
    values = dict(job.params)
    for change in applied:
        values.update(change.values)
    return values


def _further_steps(old: Job, state: Checkpoint, wanted: JsonValue) -> int | None:
    pointer = f"/{PARAMS}/{STEPS}"
    if wanted is None:
        if old.progress is not None and state.step >= old.progress.total_steps:
            detail = "The job has taken all its steps: say how many more."
            raise refuse(pointer, detail)
        return None
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise refuse(pointer, "steps must be a whole number of further steps.")
    if wanted < 1:
        detail = "A branch takes at least one further step."
        raise refuse(pointer, detail, ProblemCode.OUT_OF_RANGE, 1, wanted)
    return wanted
