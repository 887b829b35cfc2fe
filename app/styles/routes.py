"""The paths of the style library."""

import hashlib
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from app.contract.packs.reading import ONNX_TYPE, PACK_TYPE
from app.http.access.callers import STYLES_WRITE, Caller, require_scope, the_caller
from app.http.answers.conditional import is_not_modified
from app.http.answers.files import file_response, unchanged_response
from app.http.answers.negotiation import preferred
from app.http.bodies.multipart import read_form
from app.http.edge.limiter import limited
from app.http.edge.origins import origin_of
from app.http.openapi.schema import problem_responses
from app.intake import (
    KeptPack,
    NormalizedPicture,
    inspect_picture,
    keep_pack,
    normalize_picture,
)
from app.problems import ProblemCode, ProblemError
from app.styles.dependencies import StyleDependencies, TheStyleDependencies
from app.styles.documentation import (
    CREATE_BODY,
    CREATE_RESPONSES,
    DELETE_RESPONSES,
    IMAGE_RESPONSES,
    LOOK_RESPONSES,
    PACK_RESPONSES,
)
from app.styles.forms import PACK, SentStyle, read_style
from app.styles.library import NewStyle
from app.styles.pages import after_cursor, cursor_after
from app.styles.schemas import StyleList, StyleView, ThumbnailSide
from app.submissions.files.decode_limiter import decode_slot

router = APIRouter(prefix="/v1/styles", tags=["styles"])

#: A list changes when somebody adds a painting; a painting never changes.
_LIST_CACHE = "public, max-age=60"
_IMAGE_CACHE = "public, max-age=86400"

TheCaller = Annotated[Caller, Depends(the_caller)]
_IfNoneMatch = Annotated[str | None, Header()]


@router.get(
    "",
    operation_id="list_styles",
    summary="List the paintings of the library",
    response_model=StyleList,
    responses=problem_responses(
        ProblemCode.INVALID_VALUE, ProblemCode.STORAGE_UNAVAILABLE
    )
    | LOOK_RESPONSES,
)
def list_styles(
    request: Request,
    style_deps: TheStyleDependencies,
    limit: Annotated[int, Query(ge=1, le=100, description="So many at most.")] = 100,
    cursor: Annotated[
        str | None, Query(description="A page's `next_cursor`; none begins.")
    ] = None,
    if_none_match: _IfNoneMatch = None,
) -> Response:
    """Answer a page: the paintings that came with the service come first."""
    styles = style_deps.library.all()
    if cursor is not None:
        styles = after_cursor(styles, cursor)
    page = styles[:limit]
    origin = origin_of(request.scope)
    view = StyleList(
        data=[StyleView.of(style, origin) for style in page],
        next_cursor=cursor_after(page[-1]) if len(styles) > limit else None,
    )
    headers = {}
    if view.next_cursor is not None:
        url = f"{origin}/v1/styles?limit={limit}&cursor={view.next_cursor}"
        headers["Link"] = f'<{url}>; rel="next"'
    return _json(view.model_dump_json(), if_none_match, headers)


@router.get(
    "/{style_id}",
    operation_id="get_style",
    summary="Look at a painting's record",
    response_model=StyleView,
    responses=problem_responses(
        ProblemCode.STYLE_NOT_FOUND, ProblemCode.STORAGE_UNAVAILABLE
    )
    | LOOK_RESPONSES,
)
def get_style(
    style_id: str,
    request: Request,
    style_deps: TheStyleDependencies,
    if_none_match: _IfNoneMatch = None,
) -> Response:
    """Answer what is known of the painting."""
    view = StyleView.of(style_deps.library.get(style_id), origin_of(request.scope))
    return _json(view.model_dump_json(), if_none_match)


@router.get(
    "/{style_id}/image",
    operation_id="get_style_image",
    summary="Fetch a painting or its thumbnail",
    response_class=Response,
    responses=IMAGE_RESPONSES,
)
def get_style_image(
    style_id: str,
    style_deps: TheStyleDependencies,
    size: Annotated[
        ThumbnailSide | None,
        Query(
            description="Long side of a JPEG thumbnail in pixels; the whole PNG if "
            "left out.",
        ),
    ] = None,
    if_none_match: _IfNoneMatch = None,
) -> Response:
    """Answer the normalized PNG, or a small JPEG of it."""
    style = style_deps.library.get(style_id)
    name = style.sha256 if size is None else f"{style.sha256}-{size}"
    headers = {"ETag": f'"{name}"', "Cache-Control": _IMAGE_CACHE}
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if size is None:
        content = style_deps.library.image(style_id)
        return Response(content, headers=headers, media_type=style.media_type)
    content = style_deps.library.thumbnail(style, size)
    return Response(content, headers=headers, media_type="image/jpeg")


@router.get(
    "/{style_id}/pack",
    operation_id="get_style_pack",
    summary="Fetch the network that paints in a style",
    response_class=Response,
    responses=PACK_RESPONSES,
)
def get_style_pack(
    style_id: str,
    request: Request,
    style_deps: TheStyleDependencies,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer the pack, byte for byte as it came, or its network as ONNX."""
    pack = style_deps.library.get(style_id).pack
    if pack is None:
        detail = f"{style_id} is a painting alone: no network was trained for it."
        raise ProblemError(ProblemCode.PACK_NOT_FOUND, detail)
    chosen = _chosen(style_id, accept)
    read, ending = style_deps.library.pack, "safetensors"
    if chosen == ONNX_TYPE:
        read, ending = style_deps.library.onnx, "onnx"
    headers = {"Cache-Control": _IMAGE_CACHE, "Vary": "Accept"}
    etag = f'"{pack.sha256}-{ending}"'
    unchanged = unchanged_response(request.headers, etag, headers)
    if unchanged is not None:
        return unchanged
    name = {"Content-Disposition": f'attachment; filename="{style_id}.{ending}"'}
    return file_response(
        request.headers,
        read(style_id),
        etag=etag,
        media_type=chosen,
        headers=headers | name,
    )


@router.post(
    "",
    operation_id="create_style",
    summary="Put a painting or a pack into the library",
    status_code=201,
    response_model=StyleView,
    responses=CREATE_RESPONSES,
    openapi_extra=CREATE_BODY,
)
async def create_style(
    request: Request, style_deps: TheStyleDependencies, caller: TheCaller
) -> Response:
    """Accept a style: jobs may name it from now on."""
    require_scope(caller, STYLES_WRITE)
    async with limited(style_deps.uploads, style_deps.upload_patience_s):
        form = await read_form(request, style_deps.form)
        try:
            sent = read_style(form)
            await run_sync(style_deps.library.require_room)
            pack = await run_sync(_pack, sent)
            pixels = await run_sync(_inspect, style_deps, sent)
            async with decode_slot(
                style_deps.decodes, style_deps.large_decodes, pixels
            ):
                picture = await run_sync(
                    _normalize, style_deps, sent, limiter=style_deps.decodes
                )
        finally:
            await form.close()
    origin = origin_of(request.scope)
    new = NewStyle(
        picture=picture, words=sent.words, pack=pack, paintable=sent.paintable
    )
    style = await run_sync(style_deps.library.put, new)
    view = StyleView.of(style, origin)
    headers = {"Location": f"{origin}/v1/styles/{style.id}"}
    content = view.model_dump_json()
    return Response(content, 201, headers, "application/json")


@router.delete(
    "/{style_id}",
    operation_id="delete_style",
    summary="Take a painting out of the library",
    status_code=204,
    response_class=Response,
    responses=DELETE_RESPONSES,
)
def delete_style(
    style_id: str, style_deps: TheStyleDependencies, caller: TheCaller
) -> Response:
    """Forget a painting; jobs that were sent with it keep their copies."""
    require_scope(caller, STYLES_WRITE)
    style_deps.library.delete(style_id)
    return Response(status_code=204)


def _chosen(style_id: str, accept: str | None) -> str:
    """Return the media type that the client wants of those that are there."""
    offered = [PACK_TYPE, ONNX_TYPE]
    chosen = preferred(accept, offered)
    if chosen is None:
        detail = f"{style_id} is there as {' or '.join(offered)}."
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail)
    return chosen


def _pack(sent: SentStyle) -> KeptPack | None:
    return None if sent.pack is None else keep_pack(sent.pack, field=PACK)


def _inspect(style_deps: StyleDependencies, sent: SentStyle) -> int:
    rules = style_deps.intake
    return inspect_picture(sent.picture, field=sent.field, rules=rules).pixels


def _normalize(style_deps: StyleDependencies, sent: SentStyle) -> NormalizedPicture:
    return normalize_picture(sent.picture, field=sent.field, rules=style_deps.intake)


def _json(
    content: str, if_none_match: str | None, headers: dict[str, str] | None = None
) -> Response:
    etag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    all_headers = {
        "ETag": etag,
        "Cache-Control": _LIST_CACHE,
        "Vary": "Host",
        **(headers or {}),
    }
    if is_not_modified(if_none_match, etag):
        return Response(status_code=304, headers=all_headers)
    return Response(content, headers=all_headers, media_type="application/json")
