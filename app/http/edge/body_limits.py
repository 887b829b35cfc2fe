"""Refuses bodies that are ambiguous, too long or too slow, before they are read.

Frameworks parse a whole form before any handler runs; so the limits stand outside.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.answers.problem_responses import problem_response
from app.http.edge.paths import compile_pattern, route_path_of
from app.problems import ProblemCode, ProblemError, too_large

_CLOSE = {"Connection": "close"}


@dataclass(frozen=True, kw_only=True)
class BodyLimits:
    """What a request's body may cost."""

    max_bytes: int
    #: Longest pause.
    idle_s: float
    #: The mean rate is watched from this time on, when slow starts are over.
    grace_s: float
    min_bytes_per_s: float
    #: Longest time for the whole body.
    max_s: float


class BodyLimitsMiddleware:
    """Checks each request's framing, then watches its body arrive."""

    def __init__(
        self,
        app: ASGIApp,
        limits: BodyLimits,
        other_limits: Mapping[str, BodyLimits] | None = None,
    ) -> None:
        """Watch bodies; those of some paths, by patterns, have limits of their own."""
        self._app = app
        self._limits = limits
        self._others = [
            (compile_pattern(pattern), each)
            for pattern, each in (other_limits or {}).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once, or pass on with a `receive` that enforces the limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limits = self._limits_of(route_path_of(scope))
        try:
            _check_framing(Headers(scope=scope), limits.max_bytes)
        except ProblemError as error:
            await problem_response(scope, error)(scope, receive, send)
            return
        await self._app(scope, _WatchedBody(receive, limits).receive, send)

    def _limits_of(self, path: str) -> BodyLimits:
        found = (each for pattern, each in self._others if pattern.fullmatch(path))
        return next(found, self._limits)


def connection_headers(headers: Headers) -> dict[str, str]:
    """Return what must go with an answer to a request whose body was not looked at.

    Where it is in doubt whether a body comes and where it ends, the connection's next
    bytes could be read as another request: close it.
    """
    lengths = headers.getlist("content-length")
    is_sure = all(_is_count(each) for each in lengths) and len(set(lengths)) <= 1
    is_double = bool(lengths) and "transfer-encoding" in headers
    return {} if is_sure and not is_double and "expect" not in headers else dict(_CLOSE)


def _check_framing(headers: Headers, max_bytes: int) -> None:
    lengths = headers.getlist("content-length")
    if lengths and "transfer-encoding" in headers:
        detail = "Content-Length and Transfer-Encoding exclude each other."
        raise ProblemError(ProblemCode.MALFORMED_REQUEST, detail, headers=_CLOSE)
    if len(set(lengths)) > 1 or not all(_is_count(each) for each in lengths):
        detail = "Content-Length is not one whole number."
        raise ProblemError(ProblemCode.MALFORMED_REQUEST, detail, headers=_CLOSE)
    # A client that waits for "100 Continue" will not send the body any more, so the
    # connection's next bytes would be read as that body: close it.
    close = _CLOSE if "expect" in headers else {}
    if lengths and int(lengths[0]) > max_bytes:
        raise body_too_large(max_bytes, int(lengths[0]), headers=close)
    encoding = headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in {"", "identity"}:
        raise ProblemError(
            ProblemCode.UNSUPPORTED_MEDIA_TYPE,
            "The body has a Content-Encoding; send it as it is.",
            headers={**close, "Accept-Encoding": "identity"},
        )


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def body_too_large(
    limit_bytes: int, actual_bytes: int | None, headers: dict[str, str] | None = None
) -> ProblemError:
    """Say that a body is too long; `actual_bytes` is None while it still arrives."""
    came = "more" if actual_bytes is None else f"{actual_bytes} bytes"
    detail = f"The body may have {limit_bytes} bytes; {came} came."
    return too_large(detail, limit_bytes, actual_bytes, headers=headers)


class _WatchedBody:
    """Hands on what `receive` gives, and raises when it is too much or too slow."""

    def __init__(self, receive: Receive, limits: BodyLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._start_s: float | None = None
        self._received_bytes = 0
        self._is_complete = False

    async def receive(self) -> Message:
        if self._is_complete:
            return await self._receive()  # Waits for the client to leave.
        if self._start_s is None:
            self._start_s = time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), self._limits.idle_s)
        except TimeoutError:
            pause = f"Nothing came for {self._limits.idle_s:g} seconds."
            raise _too_slow(pause) from None
        self._received_bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        if self._received_bytes > self._limits.max_bytes:
            raise body_too_large(self._limits.max_bytes, None)
        if not self._is_complete:
            self._check_pace(time.monotonic() - self._start_s)
        return message

    def _check_pace(self, elapsed_s: float) -> None:
        limits = self._limits
        if elapsed_s > limits.max_s:
            raise _too_slow(f"A body must be done within {limits.max_s:g} seconds.")
        owed_bytes = limits.min_bytes_per_s * elapsed_s
        if elapsed_s > limits.grace_s and self._received_bytes < owed_bytes:
            pace = f"{limits.min_bytes_per_s:g} bytes per second"
            raise _too_slow(f"A body must come at {pace} at least.")


def _too_slow(detail: str) -> ProblemError:
    return ProblemError(ProblemCode.UPLOAD_TOO_SLOW, detail, headers=_CLOSE)
