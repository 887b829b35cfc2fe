"""The paths of batches: parse, call one use case, shape the answer."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from app.batches.documentation import (
    CANCEL_RESPONSES,
    FETCH_RESPONSES,
    SHEET_RESPONSES,
    SUBMISSION_EXTRA,
    SUBMIT_RESPONSES,
)
from app.batches.sheet import FORMATS
from app.batches.showing import require_pictures, sheet_etag, show
from app.batches.states import BatchState, cancel_batch, find_batch
from app.batches.views import BatchView, batch_url
from app.http.access.callers import Caller, the_caller
from app.http.access.links import Links, links_of
from app.http.answers.conditional import is_not_modified
from app.http.answers.negotiation import preferred
from app.problems import ProblemCode, ProblemError
from app.renditions.pictures import PictureFormat
from app.submissions.bodies import read_batch
from app.submissions.dependencies import TheSubmissionDependencies
from app.submissions.request_options import TheRequestOptions
from app.submissions.submit import submit

router = APIRouter(prefix="/v1/batches", tags=["batches"])

TheCaller = Annotated[Caller, Depends(the_caller)]
IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` of what the client has.")
]

_JSON = "application/json"
_REVALIDATE = {"Cache-Control": "private, no-cache"}


@router.post(
    "",
    operation_id="submit_batch",
    summary="Submit photographs and paintings",
    status_code=202,
    response_model=BatchView,
    responses=SUBMIT_RESPONSES,
    openapi_extra=SUBMISSION_EXTRA,
)
async def submit_batch(
    request: Request,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
) -> Response:
    """Queue a job for each photograph with each painting: all of them, or none."""
    created = await submit(
        deps,
        read_batch(request, deps),
        caller=caller,
        options=options,
        is_gone=request.is_disconnected,
    )
    state = await run_sync(find_batch, deps.ledger, created.id, caller.owner)
    links = links_of(request.scope)
    response = _response(state, links, status=202)
    response.headers["Location"] = batch_url(links, created.id)
    if created.is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@router.get(
    "/{batch_id}",
    operation_id="get_batch",
    summary="Look at a batch",
    response_model=BatchView,
    responses=FETCH_RESPONSES,
)
def get(
    batch_id: str,
    request: Request,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Answer 200 whatever the batch's state; 304 if nothing has changed."""
    state = find_batch(deps.ledger, batch_id, caller.owner)
    if is_not_modified(if_none_match, state.etag):
        return Response(status_code=304, headers=_headers(state))
    return _response(state, links_of(request.scope))


@router.post(
    "/{batch_id}/cancel",
    operation_id="cancel_batch",
    summary="Cancel a batch",
    response_model=BatchView,
    responses=CANCEL_RESPONSES,
)
def cancel(
    batch_id: str, request: Request, deps: TheSubmissionDependencies, caller: TheCaller
) -> Response:
    """Answer 200 if every job has ended now, 202 if some were asked to stop."""
    state = cancel_batch(deps.ledger, deps.blobs, batch_id, caller.owner)
    status = 200 if state.is_final else 202
    return _response(state, links_of(request.scope), status)


@router.get(
    "/{batch_id}/sheet",
    operation_id="get_batch_sheet",
    summary="Fetch the contact sheet",
    response_class=Response,
    responses=SHEET_RESPONSES,
)
async def get_sheet(
    batch_id: str,
    request: Request,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Answer all finished pictures in one: JPEG, or PNG if that is preferred."""
    state = await run_sync(find_batch, deps.ledger, batch_id, caller.owner)
    kind = _negotiate(request.headers.get("accept"))
    require_pictures(state)
    headers = {**_REVALIDATE, "ETag": sheet_etag(state, kind), "Vary": "Accept"}
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = await run_sync(show, state, deps.blobs, kind, limiter=deps.decodes)
    name = f'inline; filename="impasto-{batch_id}.{kind.suffix}"'
    headers["Content-Disposition"] = name
    return Response(content, headers=headers, media_type=kind.media_type)


def _headers(state: BatchState) -> dict[str, str]:
    headers = {**_REVALIDATE, "ETag": state.etag}
    if state.retry_after_s is not None:
        headers["Retry-After"] = str(state.retry_after_s)
    return headers


def _response(state: BatchState, links: Links, status: int = 200) -> Response:
    content = BatchView.of(state, links).model_dump_json(by_alias=True)
    return Response(content, status, _headers(state), _JSON)


def _negotiate(accept: str | None) -> PictureFormat:
    offered = {each.media_type: each for each in FORMATS}
    media_type = preferred(accept, list(offered))
    if media_type is None:
        detail = f"A sheet is {' or '.join(offered)}; Accept admits none of them."
        headers = {"Vary": "Accept"}
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail, headers=headers)
    return offered[media_type]
