"""What the headers of a submission ask for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import Headers

from app.http.answers.preferences import WaitPreference, wait_of
from app.http.edge.origins import origin_of
from app.http.edge.traceparent import traceparent_of
from app.problems import ProblemCode, ProblemError, refuse

_KEY = re.compile(r"[ -~]{1,255}")
#: A string of RFC 8941, 3.3.3.
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?s?")
MIN_CANCEL_AFTER_S, MAX_CANCEL_AFTER_S = 1, 7 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class RequestOptions:
    """How the request shall be handled.

    Attributes:
        key: the Idempotency-Key.
        wait: for how long the answer may wait for the job's end.
        cancel_after_s: the job is canceled then.
        may_reuse: whether the picture of an equal job will do.
        traceparent: the client's trace, well formed.
        origin: how the client reaches the service.
    """

    key: str | None
    wait: WaitPreference | None
    cancel_after_s: float | None
    may_reuse: bool
    traceparent: str | None
    origin: str

    def deadline(self) -> datetime | None:
        """Return when the job is to be canceled, counted from now."""
        if self.cancel_after_s is None:
            return None
        return datetime.now(UTC) + timedelta(seconds=self.cancel_after_s)


# Not a plain function: FastAPI would call that one in a thread.
async def read_request_options(request: Request) -> RequestOptions:
    """Return the options of a request.

    Raises:
        ProblemError: Idempotency-Key or Cancel-After cannot be read.
    """
    headers = request.headers
    return RequestOptions(
        key=read_key(headers),
        wait=wait_of(headers),
        cancel_after_s=read_cancel_after(headers),
        may_reuse=_may_reuse(headers),
        traceparent=traceparent_of(headers),
        origin=origin_of(request.scope),
    )


TheRequestOptions = Annotated[RequestOptions, Depends(read_request_options)]


def read_key(headers: Headers) -> str | None:
    """Return the Idempotency-Key, with or without quotes; None without one.

    Raises:
        ProblemError: It is empty, too long, or has other characters than those of
            printable ASCII.
    """
    values = headers.getlist("idempotency-key")
    if not values:
        return None
    text = values[0].strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        text = re.sub(r'\\(["\\])', r"\1", quoted[1])
    elif text.startswith('"'):
        text = ""  # a quote that nobody closes
    if len(values) > 1 or _KEY.fullmatch(text) is None:
        detail = (
            "Idempotency-Key must come once and have 1 to 255 printable characters of "
            "ASCII."
        )
        raise ProblemError(ProblemCode.MALFORMED_REQUEST, detail)
    return text


def read_cancel_after(headers: Headers) -> float | None:
    """Return the seconds of `Cancel-After: 90s` or `90`; None without the header.

    Raises:
        ProblemError: It is no number of seconds, or out of range.
    """
    text = headers.get("cancel-after")
    if text is None:
        return None
    match = _SECONDS.fullmatch(text)
    if match is None:
        detail = "Cancel-After must be a number of seconds: 90s, or 90."
        raise refuse("/Cancel-After", detail, actual=text)
    seconds = float(match[1])
    if not MIN_CANCEL_AFTER_S <= seconds <= MAX_CANCEL_AFTER_S:
        lowest, highest = MIN_CANCEL_AFTER_S, MAX_CANCEL_AFTER_S
        detail = f"Cancel-After must be from {lowest} to {highest} seconds."
        limit = lowest if seconds < lowest else highest
        code = ProblemCode.OUT_OF_RANGE
        raise refuse("/Cancel-After", detail, code, limit, seconds)
    return seconds


def _may_reuse(headers: Headers) -> bool:
    directives = {
        each.strip().lower()
        for line in headers.getlist("cache-control")
        for each in line.split(",")
    }
    return not directives & {"no-cache", "no-store"}


def _header(
    name: str, description: str, example: str, pattern: str | None = None
) -> dict[str, Any]:
    bounds = {} if pattern is None else {"pattern": pattern}
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", **bounds},
        "example": example,
    }


IDEMPOTENCY_HEADER = _header(
    "Idempotency-Key",
    "1 to 255 printable characters, with or without quotes. The same key with the same "
    "body within 24 hours makes no second job: the first one is answered.",
    "7d0c9a1e-8c1b-4b62-a3c0-1f2e3d4c5b6a",
    r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$',
)
CANCEL_AFTER_HEADER = _header(
    "Cancel-After",
    f"The job is canceled after so many seconds, {MIN_CANCEL_AFTER_S} to "
    f"{MAX_CANCEL_AFTER_S}.",
    "90s",
    r"^[0-9]{1,6}s?$",
)
PREFER_HEADER = _header(
    "Prefer",
    "wait=n: the answer may wait up to n seconds, 60 at most, for the job's end.",
    "wait=30",
)
REUSE_HEADER = _header(
    "Cache-Control", "no-cache: do not reuse the picture of an equal job.", "no-cache"
)
TRACE_HEADER = _header(
    "traceparent",
    "The client's trace (W3C); the worker's spans continue it.",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
