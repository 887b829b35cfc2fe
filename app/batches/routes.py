"""The paths of batches: parse, call one use case, shape the answer."""

from dataclasses import replace
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.batches.creation import ReadyBatch, create_or_replay_batch
from app.batches.documentation import (
    CANCEL_RESPONSES,
    FETCH_RESPONSES,
    SHEET_RESPONSES,
    SUBMISSION_EXTRA,
    SUBMIT_RESPONSES,
)
from app.batches.parsing import ParsedBatch, parse_batch
from app.batches.sheet import SheetFormat
from app.batches.showing import require_pictures, sheet_etag, show
from app.batches.states import BatchState, cancel_batch, find_batch
from app.batches.views import BatchView, batch_url
from app.http.access.callers import Caller, the_caller
from app.http.access.links import Links, links_of
from app.http.answers.conditional import is_not_modified
from app.http.answers.negotiation import preferred
from app.http.edge.limiter import limited
from app.problems import ProblemCode, ProblemError
from app.submissions.bodies import read_body
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.idempotency import (
    KeptKey,
    fingerprint_of_request,
    identity_of,
    under_way,
)
from app.submissions.preparing import prepare
from app.submissions.priorities import require_right
from app.submissions.request_options import TheRequestOptions
from app.submissions.staging import Staging

router = APIRouter(prefix="/v1/batches", tags=["batches"])

TheCaller = Annotated[Caller, Depends(the_caller)]
IfNoneMatch = Annotated[
    str | None, Header(description="The `ETag` of what the client has.")
]

_JSON = "application/json"
_REVALIDATE = {"Cache-Control": "private, no-cache"}
#: More files than any batch has: one that has too many jobs is told so in these words.
_MOST_FILES = 64


@router.post(
    "",
    operation_id="submit_batch",
    summary="Submit photographs and paintings",
    status_code=202,
    response_model=BatchView,
    responses=SUBMIT_RESPONSES,
    openapi_extra=SUBMISSION_EXTRA,
)
async def submit(
    request: Request,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
) -> Response:
    """Queue a job for each photograph with each painting: all of them, or none."""
    await run_sync(deps.ledger.ping)  # cheaper than to decode for nothing
    key, patience_s = options.key, deps.reservation_patience_s
    with Staging() as staging:
        async with under_way(deps.reservations, caller.owner, key, patience_s):
            ready = await _receive(request, deps, caller, key, staging)
            if await request.is_disconnected():
                raise ClientDisconnect  # nobody would learn the batch's id
            created = await run_sync(
                create_or_replay_batch, deps, ready, caller.owner, options
            )
    batch_id = created.batch.id
    state = await run_sync(find_batch, deps.ledger, batch_id, caller.owner)
    links = links_of(request.scope)
    response = _response(state, links, status=202)
    response.headers["Location"] = batch_url(links, batch_id)
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
    suffix = "jpg" if kind is SheetFormat.JPEG else str(kind)
    name = f'inline; filename="impasto-{batch_id}.{suffix}"'
    headers["Content-Disposition"] = name
    return Response(content, headers=headers, media_type=kind.media_type)


async def _receive(
    request: Request,
    deps: SubmissionDependencies,
    caller: Caller,
    key: str | None,
    staging: Staging,
) -> ReadyBatch:
    """Return what was sent, checked; the uploads are gone then."""
    offer = deps.offer()
    form = replace(deps.form, max_files=_MOST_FILES)
    json = replace(deps.json, max_long_texts=_MOST_FILES)
    async with (
        limited(deps.batches, deps.upload_patience_s),
        limited(deps.uploads, deps.upload_patience_s),
        read_body(request, form, json, offer.fields.optional_texts) as body,
    ):
        parsed = await run_sync(parse_batch, body, offer)
        require_right(caller, parsed.terms.priority)
        kept_key = None
        if key is not None:
            fingerprint = await run_sync(_fingerprint, parsed)
            kept_key = KeptKey(owner=caller.owner, key=key, fingerprint=fingerprint)
        prepared = await prepare(
            deps,
            [*parsed.contents, *parsed.styles],
            webhook=parsed.terms.webhook,
            side_px=parsed.kind.side_px(parsed.terms.params),
            staging=staging,
        )
    for each in parsed.contents:
        inputs = {"content": prepared.pictures[each.place].image}
        what = (parsed.kind, parsed.terms.params, inputs)
        await run_sync(deps.require_memory, *what)
    return ReadyBatch(
        kind=parsed.kind,
        contents=[prepared.pictures[each.place] for each in parsed.contents],
        styles=[prepared.pictures[each.place] for each in parsed.styles],
        terms=parsed.terms,
        webhook=prepared.webhook,
        kept_key=kept_key,
    )


def _fingerprint(parsed: ParsedBatch) -> str:
    asked = parsed.terms.as_sent()
    asked["contents"] = [identity_of(each) for each in parsed.contents]
    asked["styles"] = [identity_of(each) for each in parsed.styles]
    return fingerprint_of_request("batch", asked)


def _headers(state: BatchState) -> dict[str, str]:
    headers = {**_REVALIDATE, "ETag": state.etag}
    if state.retry_after_s is not None:
        headers["Retry-After"] = str(state.retry_after_s)
    return headers


def _response(state: BatchState, links: Links, status: int = 200) -> Response:
    content = BatchView.of(state, links).model_dump_json(by_alias=True)
    return Response(content, status, _headers(state), _JSON)


def _negotiate(accept: str | None) -> SheetFormat:
    offered = {each.media_type: each for each in SheetFormat}
    media_type = preferred(accept, list(offered))
    if media_type is None:
        detail = f"A sheet is {' or '.join(offered)}; Accept admits none of them."
        headers = {"Vary": "Accept"}
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail, headers=headers)
    return offered[media_type]
