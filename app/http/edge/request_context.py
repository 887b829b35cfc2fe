"""The outermost layer: an id, security headers and a log line for each request.

It also answers HEAD wherever GET is answered, and is the one place that catches what
nobody expected, so that a client gets a request id and the log gets the trace.
"""

import json
import logging
import re
import time

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.answers.problem_responses import problem_response
from app.http.edge.absolute_form import accept_absolute_form
from app.http.edge.head_limits import require_sound_head
from app.http.edge.request_ids import HEADER, choose_request_id, request_id_of
from app.http.edge.traceparent import trace_id_of
from app.logs import log_context
from app.problems import ProblemCode, ProblemError

_log = logging.getLogger(__name__)

#: What a browser may do with an answer; a page that needs more sets its own. As the
#: server sends them: each answer has them, so nothing is encoded twice.
_SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_ID_HEADER = HEADER.lower().encode()
#: Logged when a client left before it had its answer; nginx invented the number.
_CLIENT_LEFT = 499
#: Asked every few seconds by machines: not worth a line each.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_LINE = "%(method)s %(path)s %(status)s in %(elapsed_ms)s ms"
_JOB_ID = re.compile(r"/(job_[0-9a-f]{32})(?:/|$)")


class RequestContext:
    """Wraps the whole application; see the module's text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; lifespan messages go straight through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accept_absolute_form(scope)
        scope.setdefault("state", {})
        headers = Headers(scope=scope)
        scope["state"]["request_id"] = choose_request_id(headers)
        with log_context(
            request_id=request_id_of(scope),
            job_id=_job_id_of(scope["path"]),
            trace_id=trace_id_of(headers),
        ):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(scope, send)
        start_s = time.monotonic()
        try:
            # The server itself leaves out the body of an answer to HEAD.
            inner = _as_get(scope) if scope["method"] == "HEAD" else scope
            require_sound_head(scope)
            await self._app(inner, receive, answer.send)
        except ProblemError as refusal:  # all others are answered within
            await problem_response(scope, refusal)(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = _CLIENT_LEFT
        except Exception:
            _log.exception("unexpected error request_id=%s", answer.request_id)
            if answer.status is not None:
                raise
            problem = ProblemError(
                ProblemCode.INTERNAL_ERROR, "Report this request's id to the operator."
            )
            await problem_response(scope, problem)(scope, receive, answer.send)
        finally:
            _log_request(scope, answer, time.monotonic() - start_s)


def _as_get(scope: Scope) -> Scope:
    """Return the same request as GET; a range means nothing to HEAD (RFC 9110, 14.2).

    The state says `is_head`: an answer without an end must end at once.
    """
    headers = [each for each in scope["headers"] if each[0] != b"range"]
    scope["state"]["is_head"] = True
    return {**scope, "method": "GET", "headers": headers}


class _Answer:
    """Watches an answer go out and adds what every answer carries."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.request_id: str = scope["state"]["request_id"]
        self.status: int | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            theirs = message.get("headers", ())
            names = {name.lower() for name, _ in theirs}
            message["headers"] = [
                *((name, value) for name, value in theirs if name != _ID_HEADER),
                *(each for each in _SECURITY_HEADERS if each[0] not in names),
                (_ID_HEADER, self.request_id.encode()),
            ]
        await self._send(message)


def _job_id_of(path: str) -> str | None:
    found = _JOB_ID.search(path)
    return None if found is None else found[1]


def _log_request(scope: Scope, answer: _Answer, elapsed_s: float) -> None:
    """Write one line; the query is left out, for it may hold secrets."""
    level = logging.DEBUG if scope["path"] in _PROBES else logging.INFO
    if not _log.isEnabledFor(level):
        return
    members = {
        "method": scope["method"],
        "path": scope["path"],
        "status": answer.status,
        "elapsed_ms": round(elapsed_s * 1000, 1),
    }
    # A path may hold line ends; quoted, it cannot pass for a line of its own.
    told = members | {"path": json.dumps(scope["path"])}
    _log.log(level, _LINE, told, extra=members)
