"""A name for each request, to join what the client saw with what the log says."""

import re
import uuid

from starlette.datastructures import Headers
from starlette.types import Scope

HEADER = "X-Request-Id"
#: What is taken over from a client: harmless in a header, a log line and JSON.
_SANE = re.compile(r"[A-Za-z0-9._:\-]{1,128}")


def choose_request_id(headers: Headers) -> str:
    """Return the client's id if it sent a sane one, or a new one."""
    theirs = headers.get(HEADER, "")
    return theirs if _SANE.fullmatch(theirs) else new_request_id()


def new_request_id() -> str:
    """Return an id that nothing else has."""
    return f"req_{uuid.uuid4().hex}"


def request_id_of(scope: Scope) -> str:
    """Return the id that `RequestContext` gave to this request."""
    request_id: str = scope["state"]["request_id"]
    return request_id
