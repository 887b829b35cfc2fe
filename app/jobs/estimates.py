"""`POST /v1/estimates`: what a job would take, told before a single picture is sent.

Its parameters are judged as a submission's: who gets an estimate for some parameters
may submit them.
"""

import json
from collections.abc import Collection

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails

from app.contract.inputs import Input, input_name
from app.contract.kinds.image.estimates import EstimateRequest
from app.contract.operations import EstimateView
from app.estimates import PlannedJob
from app.http.bodies.small_bodies import read_json_text
from app.http.openapi.schema import Responses, json_request_body, problem_responses
from app.intake import IntakeRules, require_size
from app.jobs.dependencies import TheJobDependencies
from app.problems import FieldError, ProblemError
from app.problems import ProblemCode as Code
from app.submissions.dependencies import TheSubmissionDependencies
from app.submissions.fields import nearest_field
from app.submissions.json_texts import JsonTextError, TooManyDigitsError, read_json
from app.submissions.offers import Offer
from app.submissions.refusals import MAX_ERRORS, Refusal, refusal_of

router = APIRouter(prefix="/v1/estimates", tags=["estimates"])

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
    Code.UNKNOWN_FIELD,
    Code.UNKNOWN_LAYER,
    Code.UNKNOWN_PRESET,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    Code.NOT_FINITE,
    Code.BROKER_UNAVAILABLE,
)


@router.post(
    "",
    operation_id="estimate_job",
    summary="Ask what a job would take",
    responses=_RESPONSES,
    openapi_extra=json_request_body(EstimateRequest),
)
async def estimate(
    request: Request, job_deps: TheJobDependencies, deps: TheSubmissionDependencies
) -> EstimateView:
    """Answer time, waiting and memory, learnt from this service's finished jobs."""
    text = await read_json_text(request, _MAX_BODY_BYTES)
    job = read_planned_job(text, deps.intake, deps.offer())
    return await run_sync(job_deps.estimator.estimate, job)


def read_planned_job(text: str, rules: IntakeRules, offer: Offer) -> PlannedJob:
    """Return the job that a JSON text describes.

    Args:
        text: of a stranger.
        rules: what the photograph may measure.
        offer: what may be asked for.

    Raises:
        ProblemError: With the code that a submission would get.
    """
    body = _read_object(text)
    _check_names(body, offer.fields.parameters)
    try:
        wanted = EstimateRequest.model_validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        raise _problem(error.errors(include_url=False), offer) from error
    _require_photograph(wanted, rules)
    _require_network(wanted.params.network, offer.networks)
    facts = {"width": wanted.width, "height": wanted.height}
    content = Input(media_type="", sha256="", facts=facts)
    names = (input_name("style", number) for number in range(_count_styles(wanted)))
    return PlannedJob(
        kind=offer.kind,
        params=wanted.params,
        inputs={"content": content, **dict.fromkeys(names, content)},
    )


def _read_object(text: str) -> dict[str, JsonValue]:
    try:
        body = read_json(text)
    except TooManyDigitsError as error:
        detail = f"The body {error}."
        raise _refusal(Code.OUT_OF_RANGE, "", "too_many_digits", detail) from error
    except JsonTextError as error:
        raise ProblemError(Code.MALFORMED_BODY, f"The body {error}.") from error
    if not isinstance(body, dict):
        detail = "The body must be a JSON object."
        raise _refusal(Code.INVALID_VALUE, "", "dict_type", detail)
    return body


def _check_names(body: dict[str, JsonValue], known: Collection[str]) -> None:
    params = body.get("params")
    unknown = [
        *(f"/{name}" for name in body if name not in EstimateRequest.model_fields),
        *(
            f"/params/{name}"
            for name in (params if isinstance(params, dict) else ())
            if name not in known
        ),
    ]
    if unknown:
        pointer = unknown[0][:100]
        nearest = nearest_field(pointer.rpartition("/")[2], known)
        hint = f"; was {nearest} meant?" if nearest else "."
        detail = f"There is no field {pointer}{hint}"
        raise _refusal(Code.UNKNOWN_FIELD, pointer, Code.UNKNOWN_FIELD, detail)


def _problem(errors: list[ErrorDetails], offer: Offer) -> ProblemError:
    refusals = [_refusal_of(error, offer) for error in errors[:MAX_ERRORS]]
    detail = " ".join(f"{each.name}: {each.error.message}." for each in refusals)
    return ProblemError(refusals[0].code, detail, [each.error for each in refusals])


def _refusal_of(error: ErrorDetails, offer: Offer) -> Refusal:
    first, *inner = error["loc"]
    if first == "params" and inner:
        return refusal_of({**error, "loc": tuple(inner)}, {}, offer=offer)
    refused = refusal_of(error, {}, offer=offer)
    too_many = first == "styles" and error["type"] == "less_than_equal"
    return Refusal(
        Code.TOO_MANY_STYLES if too_many else refused.code,
        refused.name,
        refused.error.model_copy(update={"field": f"/{first}"}),
    )


def _require_photograph(wanted: EstimateRequest, rules: IntakeRules) -> None:
    try:
        require_size((wanted.width, wanted.height), "content", rules)
    except ProblemError as error:
        # The same refusal, pointing at what came instead of a picture.
        moved = [each.model_copy(update={"field": "/width"}) for each in error.errors]
        raise ProblemError(
            error.code, error.detail, moved, extra=error.extra
        ) from error


def _require_network(network: str, offered: Collection[str]) -> None:
    if network not in offered:
        detail = f"This service offers {', '.join(offered)}; {network} was asked for."
        raise _refusal(
            Code.INVALID_VALUE,
            "/params/network",
            "not_offered",
            detail,
            limit=[*offered],
            actual=network,
        )


def _count_styles(wanted: EstimateRequest) -> int:
    weights = wanted.params.style_weights
    styles = wanted.styles or (1 if weights is None else max(1, len(weights)))
    if weights is not None and styles != len(weights):
        detail = f"The number of weights is {len(weights)}, that of styles is {styles}."
        code = Code.STYLE_WEIGHTS_MISMATCH
        pointer = "/params/style_weights"
        raise _refusal(code, pointer, code, detail, limit=styles, actual=len(weights))
    return styles


def _refusal(
    code: Code,
    pointer: str,
    kind: str,
    detail: str,
    *,
    limit: JsonValue = None,
    actual: JsonValue = None,
) -> ProblemError:
    error = FieldError(
        field=pointer, code=kind, message=detail, limit=limit, actual=actual
    )
    return ProblemError(code, detail, [error])
