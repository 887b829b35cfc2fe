"""A new job from an old one: the same files, the same parameters but some.

Knows no HTTP. The files are where they were stored; nothing is decoded again.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, JsonValue

from app.contract.changes import CHANGES, files_named
from app.contract.jobs import Job
from app.contract.views.changes import params_with_changes
from app.problems import refuse
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.fields import (
    METADATA,
    PARAMS,
    PRIORITY,
    TERMS,
    TTL_SECONDS,
    WEBHOOK,
)
from app.submissions.idempotency import fingerprint_of_request
from app.submissions.parameters import parameters_of
from app.submissions.submission import Submission
from app.submissions.terms import (
    Terms,
    read_terms,
    require_harmony,
    require_known_files,
)

#: The members of a retry's body.
MEMBERS = (PARAMS, *TERMS)


def retried(
    old: Job, body: Mapping[str, JsonValue], deps: SubmissionDependencies
) -> Submission:
    """Return a submission of the same again.

    Args:
        old: the job to take again.
        body: what shall be other, by `MEMBERS`; null brings back the default. What was
            changed on the old one's way changes at the same steps.
        deps: says what is offered.

    Raises:
        ProblemError: The parameters do not fit each other or the files.
    """
    changes = read_changes(body)
    offer = deps.offer(old.kind)
    kind = offer.kind
    told = params_with_changes(kind, old)
    params = kind.parse(told, old.inputs)
    wanted = parameters_of(kind.overridden(params, changes), offer)
    inputs = kind.used(wanted, old.inputs)
    require_harmony(offer, wanted, inputs)
    # A parameter of that name is a list of objects, by the kind's own model.
    before: Any = told.get(CHANGES, ())
    require_known_files(wanted, files_named(before))
    changed = {name: body[name] for name in TERMS if name in body}
    asked: JsonValue = [old.id, changes, changed]
    return Submission(
        kind=kind,
        jobs=[inputs],
        empty=old.empty_inputs,
        terms=terms_like(old, wanted, body),
        fingerprint=partial(fingerprint_of_request, "retry", asked),
        retry_of=old.id,
        webhook=None if WEBHOOK in changed else old.webhook,
    )


def read_changes(body: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the parameters that shall be other; none if they are left out.

    Raises:
        ProblemError: They are no object.
    """
    changes = body.get(PARAMS) or {}
    if not isinstance(changes, dict):
        raise refuse(f"/{PARAMS}", f"{PARAMS} must be an object.")
    return changes


def terms_like(old: Job, params: BaseModel, body: Mapping[str, JsonValue]) -> Terms:
    """Return the terms of an old job, but for those that are in a body.

    Raises:
        ProblemError: One of these is of the wrong kind or out of range.
    """
    before: dict[str, JsonValue] = {
        METADATA: old.metadata,
        TTL_SECONDS: old.ttl_seconds,
        PRIORITY: old.priority,
    }
    changed = {name: body[name] for name in TERMS if name in body}
    return read_terms(params, {**before, **changed})
