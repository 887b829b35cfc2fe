"""Reads a small body, within bounds; what it says is others' affair."""

from starlette.requests import Request

from app.http.bodies.media_types import media_type_of, unsupported
from app.http.edge.body_limits import body_too_large
from app.problems import ProblemCode, ProblemError

MEDIA_TYPE = "application/json"


async def read_json_text(request: Request, max_bytes: int) -> str:
    """Return the body's text.

    Raises:
        ProblemError: The body is not declared as JSON, is too long, or is no UTF-8.
    """
    body = await read_bytes(request, MEDIA_TYPE, max_bytes)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = "The body is not UTF-8."
        raise ProblemError(ProblemCode.MALFORMED_BODY, detail) from error


async def read_bytes(request: Request, media_type: str, max_bytes: int) -> bytes:
    """Return the body.

    Raises:
        ProblemError: The body is not declared as of this type, or is too long.
    """
    if media_type_of(request.headers) != media_type:
        raise unsupported([media_type])
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise body_too_large(max_bytes, None)
    return bytes(body)
