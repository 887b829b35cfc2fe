"""Reads a small JSON body as text, within bounds; what it says is others' affair."""

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
    if media_type_of(request.headers) != MEDIA_TYPE:
        raise unsupported([MEDIA_TYPE])
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise body_too_large(max_bytes, None)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = "The body is not UTF-8."
        raise ProblemError(ProblemCode.MALFORMED_BODY, detail) from error
