"""`POST /v1/estimates`: what a job would take, told before a single picture is sent.

Its parameters are judged as a submission's: who gets an estimate for some parameters
may submit them.
"""

import json
from dataclasses import replace
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from app.contract.inputs import Inputs, size_of, slot_and_number
from app.contract.kind import AnyKind, Kinds
from app.contract.slots import Medium
from app.contract.views.operations import EstimateView
from app.estimates import PlannedJob
from app.http.bodies.small_bodies import read_json_text
from app.http.openapi.kind_schemas import body_by_kind
from app.http.openapi.schema import Responses, problem_responses
from app.intake import IntakeRules, require_size
from app.jobs.dependencies import TheJobDependencies
from app.problems import ProblemCode as Code
from app.problems import ProblemError, refuse
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.json_texts import JsonTextError, TooManyDigitsError, read_json
from app.submissions.offers import Offer
from app.submissions.refusals import MAX_ERRORS, Refusal, refusal_of
from app.submissions.terms import require_harmony

router = APIRouter(prefix="/v1/estimates", tags=["estimates"])

_OPERATION = "estimate_job"
#: Two sizes and some thirty parameters: a hundredth of this is usual.
_MAX_BODY_BYTES = 64 * 2**10

_RESPONSES: Responses = problem_responses(
    Code.MALFORMED_BODY,
    Code.UPLOAD_TOO_SLOW,
    Code.UPLOAD_TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.IMAGE_TOO_MANY_PIXELS,
    Code.IMAGE_TOO_SMALL,
    Code.IMAGE_BAD_ASPECT,
    Code.TOO_MANY_STYLES,
    Code.STYLE_WEIGHTS_MISMATCH,
    Code.UNKNOWN_KIND,
    Code.KIND_UNAVAILABLE,
    Code.UNKNOWN_FIELD,
    Code.UNKNOWN_LAYER,
    Code.UNKNOWN_PRESET,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.BROKER_UNAVAILABLE,
)


def estimate_body(kinds: Kinds) -> dict[str, Any]:
    """Return the `requestBody` of an estimate, by the id of its operation."""
    return {_OPERATION: body_by_kind(kinds, "estimate")}


@router.post(
    "",
    operation_id=_OPERATION,
    summary="Ask what a job would take",
    responses=_RESPONSES,
)
async def estimate(
    request: Request, job_deps: TheJobDependencies, deps: TheSubmissionDependencies
) -> EstimateView:
    """Answer time, waiting and memory, learnt from this service's finished jobs."""
    text = await read_json_text(request, _MAX_BODY_BYTES)
    return await run_sync(job_deps.estimator.estimate, read_planned_job(text, deps))


def read_planned_job(text: str, deps: SubmissionDependencies) -> PlannedJob:
    """Return the job that a JSON text describes.

    Args:
        text: of a stranger.
        deps: say what is offered, and what a picture may measure.

    Raises:
        ProblemError: With the code that a submission would get.
    """
    body = _read_object(text)
    offer = deps.offer(body.pop("kind", None))
    kind = offer.kind
    try:
        asked = kind.estimate.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        raise _problem(error.errors(include_url=False), offer) from error
    sent, inputs = kind.planned(asked)
    _require_sizes(kind, inputs, deps.intake)
    require_harmony(offer, sent, inputs)
    return PlannedJob(kind=kind, params=kind.resolve(sent, inputs), inputs=inputs)


def _read_object(text: str) -> dict[str, JsonValue]:
    try:
        body = read_json(text)
    except TooManyDigitsError as error:
        detail = f"The body {error}."
        raise refuse("", detail, Code.OUT_OF_RANGE) from error
    except JsonTextError as error:
        raise ProblemError(Code.MALFORMED_BODY, f"The body {error}.") from error
    if not isinstance(body, dict):
        detail = "The body must be a JSON object."
        raise refuse("", detail)
    return body


def _problem(errors: list[ErrorDetails], offer: Offer) -> ProblemError:
    refusals = [_refusal_of(error, offer) for error in errors[:MAX_ERRORS]]
    detail = " ".join(f"{each.name}: {each.error.message}." for each in refusals)
    return ProblemError(refusals[0].code, detail, [each.error for each in refusals])


def _refusal_of(error: ErrorDetails, offer: Offer) -> Refusal:
    first, *inner = error["loc"]
    if first == "params" and inner:
        return refusal_of({**error, "loc": tuple(inner)}, {}, offer=offer)
    return refusal_of(error, {}, root="", offer=offer)


def _require_sizes(kind: AnyKind, inputs: Inputs, rules: IntakeRules) -> None:
    """Refuse pictures that a submission would be refused for."""
    slots = {slot.name for slot in kind.slots if slot.medium is Medium.PICTURE}
    for name, each in inputs.items():
        if each.facts and slot_and_number(name)[0] in slots:
            try:
                require_size(size_of(each.facts), name, rules)
            except ProblemError as error:
                # The same, pointing at what came instead of a picture.
                moved = [e.model_copy(update={"field": "/width"}) for e in error.errors]
                raise replace(error, errors=moved) from error
