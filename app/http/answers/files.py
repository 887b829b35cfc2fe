"""Answers a file that is in memory: whole, a part of it, or that the client has it."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

from app.http.answers.conditional import is_not_modified
from app.http.answers.ranges import is_range_current, requested_range


def unchanged_response(
    request_headers: Headers, etag: str, headers: Mapping[str, str]
) -> Response | None:
    """Return the 304 for a client that has the file already, or None.

    The file itself need not be read for that.
    """
    if not is_not_modified(request_headers.get("if-none-match"), etag):
        return None
    return Response(status_code=304, headers={**headers, "ETag": etag})


def file_response(
    request_headers: Headers,
    content: bytes,
    *,
    etag: str,
    media_type: str,
    headers: Mapping[str, str],
) -> Response:
    """Return the file, or the range that was asked for.

    Args:
        request_headers: Read are If-None-Match, If-Range and Range.
        content: The whole file.
        etag: A strong one, in quotes.
        media_type: Of the file.
        headers: Further ones.

    Raises:
        ProblemError: The range lies outside the file.
    """
    unchanged = unchanged_response(request_headers, etag, headers)
    if unchanged is not None:
        return unchanged
    headers = {**headers, "ETag": etag, "Accept-Ranges": "bytes"}
    part = None
    if is_range_current(request_headers.get("if-range"), etag):
        part = requested_range(request_headers.get("range"), len(content))
    if part is None:
        return Response(content, headers=headers, media_type=media_type)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    return Response(content[part.start : part.stop], 206, headers, media_type)
