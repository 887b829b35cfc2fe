"""The paths of uploads: draft-ietf-httpbis-resumable-upload, without its 104 answers.

A 104 would tell a client where its upload is before it has sent it; programs that know
100 alone among the interim answers would take it for the last one.
"""

from typing import Annotated

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.contract.uploads import Upload
from app.http.access.callers import Caller, the_caller
from app.http.bodies.media_types import require_length
from app.http.edge.limiter import limited
from app.http.edge.origins import origin_of
from app.problems import ProblemCode, ProblemError
from app.uploads.dependencies import TheUploadDependencies
from app.uploads.documentation import (
    APPEND_REQUEST,
    APPEND_RESPONSES,
    CREATE_REQUEST,
    CREATE_RESPONSES,
    DELETE_RESPONSES,
    LIMIT_RESPONSES,
    SHOW_RESPONSES,
)
from app.uploads.headers import (
    PARTIAL,
    announced_bytes,
    completes,
    limit_headers,
    media_type_of,
    offset_of,
    state_headers,
)
from app.uploads.receiving import Receiver, new_writer
from app.uploads.schemas import UploadView
from app.uploads.uploads import Uploads

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

TheCaller = Annotated[Caller, Depends(the_caller)]


@router.options(
    "",
    operation_id="get_upload_limit",
    summary="Ask how long an upload may be",
    status_code=204,
    response_class=Response,
    responses=LIMIT_RESPONSES,
)
async def get_upload_limit(upload_deps: TheUploadDependencies) -> Response:
    """Answer in a header."""
    headers = limit_headers(upload_deps.uploads.max_bytes)
    return Response(status_code=204, headers={**headers, "Allow": "POST, OPTIONS"})


@router.post(
    "",
    operation_id="create_upload",
    summary="Send a file, or its beginning, before the job that names it",
    status_code=201,
    response_model=UploadView,
    responses=CREATE_RESPONSES,
    openapi_extra=CREATE_REQUEST,
)
async def create_upload(
    request: Request, upload_deps: TheUploadDependencies, caller: TheCaller
) -> Response:
    """Keep the body; with `Upload-Complete: ?0` more of it may follow."""
    ends = completes(request.headers)
    if ends is None:
        require_length(request.headers)
    announced = announced_bytes(request.headers)
    media_type = media_type_of(request.headers)
    uploads = upload_deps.uploads
    async with limited(upload_deps.places, upload_deps.patience_s):
        receiver = await run_sync(
            Receiver.create, uploads, caller.owner, media_type, announced
        )
        location = {
            "Location": f"{origin_of(request.scope)}/v1/uploads/{receiver.upload.id}"
        }
        try:
            upload = await _receive(receiver, request, ends=ends is not False)
        except BaseException as error:
            if ends is None or (ends and isinstance(error, ClientDisconnect)):
                # Nobody learns where it is, so that nobody can go on.
                with CancelScope(shield=True):
                    await run_sync(uploads.delete, receiver.upload)
            elif isinstance(error, ProblemError):
                error.headers |= location
            raise
    return _answer(upload, uploads, 201, location)


@router.get(
    "/{upload_id}",
    operation_id="get_upload",
    summary="Look at an upload, or ask by HEAD where to go on with it",
    response_model=UploadView,
    responses=SHOW_RESPONSES,
)
def get_upload(
    upload_id: str,
    request: Request,
    upload_deps: TheUploadDependencies,
    caller: TheCaller,
) -> Response:
    """Answer how it stands.

    HEAD is asked by a client that has given up a request of its own: one that still
    writes is refused from now on, so that what is answered stays true until the next
    (section 4.6 of the draft).
    """
    uploads = upload_deps.uploads
    if not request.scope["state"].get("is_head", False):
        return _answer(uploads.look(upload_id, caller.owner), uploads, 200)
    upload = uploads.take_over(upload_id, caller.owner, new_writer())
    return Response(status_code=204, headers=state_headers(upload, uploads.max_bytes))


@router.patch(
    "/{upload_id}",
    operation_id="append_to_upload",
    summary="Go on with an upload",
    response_model=UploadView,
    responses=APPEND_RESPONSES,
    openapi_extra=APPEND_REQUEST,
)
async def append_to_upload(
    upload_id: str,
    request: Request,
    upload_deps: TheUploadDependencies,
    caller: TheCaller,
) -> Response:
    """Append the body; `Upload-Complete: ?1` says that nothing follows."""
    if media_type_of(request.headers) != PARTIAL:
        raise ProblemError(
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            f"The body must be {PARTIAL}.",
            headers={"Accept-Patch": PARTIAL},
        )
    offset, ends = offset_of(request.headers), completes(request.headers)
    announced = announced_bytes(request.headers)
    uploads = upload_deps.uploads
    async with limited(upload_deps.places, upload_deps.patience_s):
        receiver = await run_sync(
            Receiver.resume, uploads, upload_id, caller.owner, offset, announced
        )
        upload = await _receive(receiver, request, ends=ends is True)
    return _answer(upload, uploads, 200)


@router.delete(
    "/{upload_id}",
    operation_id="delete_upload",
    summary="Delete an upload",
    status_code=204,
    response_class=Response,
    responses=DELETE_RESPONSES,
)
def delete_upload(
    upload_id: str, upload_deps: TheUploadDependencies, caller: TheCaller
) -> Response:
    """Forget it; jobs that name it keep its bytes."""
    uploads = upload_deps.uploads
    uploads.delete(uploads.look(upload_id, caller.owner))
    return Response(status_code=204)


async def _receive(receiver: Receiver, request: Request, *, ends: bool) -> Upload:
    await receiver.receive(request.stream())
    return await run_sync(receiver.finish) if ends else receiver.stand()


def _answer(
    upload: Upload, uploads: Uploads, status: int, headers: dict[str, str] | None = None
) -> Response:
    all_headers = {**state_headers(upload, uploads.max_bytes), **(headers or {})}
    content = UploadView.of(upload).model_dump_json()
    return Response(content, status, all_headers, "application/json")
