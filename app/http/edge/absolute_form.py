"""Reads a request's target when it is a whole URL, as proxies send it."""

import re
from urllib.parse import unquote

from starlette.types import Scope

_ABSOLUTE = re.compile(rb"https?://(?P<authority>[^/?#]*)(?P<path>/.*)?", re.IGNORECASE)


def accept_absolute_form(scope: Scope) -> None:
    """Make of `GET http://host/path` what `GET /path` with that Host would be.

    uvicorn takes the whole URL for the path. A server must accept this form, and must
    believe the target's host rather than the Host header.

    Source: RFC 9112, 3.2.2.
    """
    raw_path: bytes = scope.get("raw_path") or b"/"
    if raw_path.startswith(b"/"):
        return
    match = _ABSOLUTE.fullmatch(raw_path)
    if match is None:
        return
    path = match["path"] or b"/"
    scope["raw_path"] = path
    scope["path"] = scope.get("root_path", "") + unquote(path.decode("ascii"))
    others = [pair for pair in scope["headers"] if pair[0] != b"host"]
    scope["headers"] = [(b"host", match["authority"]), *others]
