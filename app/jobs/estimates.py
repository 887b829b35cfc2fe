"""`POST /v1/estimates`: what a job would take, told before a single picture is sent.

Its parameters are judged as a submission's: who gets an estimate for some parameters
may submit them.
"""

import json
from collections.abc import Collection, Mapping
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
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.problems import ProblemCode as Code
from app.problems import ProblemError, refuse
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.files.sources import UPLOAD
from app.submissions.json_texts import JsonTextError, TooManyDigitsError, read_json
from app.submissions.offers import Offer
from app.submissions.refusals import MAX_ERRORS, Refusal, refusal_of
from app.submissions.terms import require_harmony
from app.uploads.uploads import Uploads

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
    Code.DUPLICATE_FIELD,
    Code.UPLOAD_NOT_FOUND,
    Code.UPLOAD_EXPIRED,
    Code.UPLOAD_INCOMPLETE,
    Code.BROKER_UNAVAILABLE,
)
_UPLOAD_SCHEMA = {
    "type": "string",
    "description": "The id of an upload, instead of what was found in it.",
}


def estimate_body(kinds: Kinds) -> dict[str, Any]:
    """Return the `requestBody` of an estimate, by the id of its operation."""
    body = body_by_kind(kinds, "estimate")
    schemas = body["content"]["application/json"]["schema"]["$defs"]
    for kind in kinds:
        if facts := _facts_of(kind):
            schema = schemas[kind.estimate.__name__]
            schema["required"] = [n for n in schema["required"] if n not in facts]
            schema["properties"][UPLOAD] = _UPLOAD_SCHEMA
            named = {"required": [UPLOAD], "properties": dict.fromkeys(facts, False)}
            schema["oneOf"] = [{"required": facts}, named]
    return {_OPERATION: body}


def _facts_of(kind: AnyKind) -> list[str]:
    """Return what must be told of a file unless it has been uploaded and looked at."""
    if not kind.slots or kind.slots[0].medium is Medium.ANY:
        return []
    fields = kind.estimate.model_fields
    asked = [name for name, field in fields.items() if field.is_required()]
    return [name for name in asked if name not in kind.sent.model_fields]


@router.post(
    "",
    operation_id=_OPERATION,
    summary="Ask what a job would take",
    responses=_RESPONSES,
)
async def estimate(
    request: Request,
    job_deps: TheJobDependencies,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
) -> EstimateView:
    """Answer time, waiting and memory, learnt from this service's finished jobs."""
    text = await read_json_text(request, _MAX_BODY_BYTES)
    planned = await run_sync(read_planned_job, text, deps, caller.owner)
    return await run_sync(job_deps.estimator.estimate, planned)


def read_planned_job(
    text: str, deps: SubmissionDependencies, owner: str | None
) -> PlannedJob:
    """Return the job that a JSON text describes.

    Args:
        text: of a stranger.
        deps: say what is offered, what a picture may measure, and what was uploaded.
        owner: whose upload may be named.

    Raises:
        ProblemError: With the code that a submission would get.
    """
    body = _read_object(text)
    offer = deps.offer(body.pop("kind", None))
    kind, pointer = offer.kind, "/width"
    if UPLOAD in body and _facts_of(kind):
        pointer = f"/{UPLOAD}"
        body |= _told_by_upload(kind, body, body.pop(UPLOAD), deps.uploaded, owner)
    try:
        asked = kind.estimate.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        raise _problem(error.errors(include_url=False), offer) from error
    sent, inputs = kind.planned(asked)
    _require_sizes(kind, inputs, deps.intake, pointer)
    require_harmony(offer, sent, inputs)
    return PlannedJob(kind=kind, params=kind.resolve(sent, inputs), inputs=inputs)


def _told_by_upload(
    kind: AnyKind,
    body: Collection[str],
    named: JsonValue,
    uploaded: Uploads,
    owner: str | None,
) -> Mapping[str, JsonValue]:
    """Return what was found in an upload, in the place of what else must be told.

    Raises:
        ProblemError: There is no such upload, it is not complete, nothing that counts
            was found in it, or the same is told beside it.
    """
    pointer = f"/{UPLOAD}"
    for name in _facts_of(kind):
        if name in body:
            detail = f"{UPLOAD} tells {name}; send one of them."
            raise refuse(f"/{name}", detail, Code.DUPLICATE_FIELD)
    if not isinstance(named, str):
        raise refuse(pointer, f"{UPLOAD} must be the id of an upload.")
    try:
        upload = uploaded.find(named, owner)
    except ProblemError as error:
        raise refuse(pointer, error.detail, error.code, actual=named) from error
    found = upload.facts.get(kind.name)
    if not isinstance(found, dict):
        detail = (
            f"In {named} ({upload.media_type}) was found nothing that tells "
            f"{' and '.join(_facts_of(kind))}; say them."
        )
        raise refuse(pointer, detail)
    return found


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


def _require_sizes(
    kind: AnyKind, inputs: Inputs, rules: IntakeRules, pointer: str
) -> None:
    """Refuse pictures that a submission would be refused for."""
    slots = {slot.name for slot in kind.slots if slot.medium is Medium.PICTURE}
    for name, each in inputs.items():
        if each.facts and slot_and_number(name)[0] in slots:
            try:
                require_size(size_of(each.facts), name, rules)
            except ProblemError as error:
                # The same, pointing at what came instead of a picture.
                moved = [e.model_copy(update={"field": pointer}) for e in error.errors]
                raise replace(error, errors=moved) from error
