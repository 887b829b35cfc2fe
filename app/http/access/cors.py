"""Which pages of other origins may read the answers: none, unless some are listed.

The layer stands outermost, so that refusals and even our own faults can be read by the
page that met them. Keys come in a header that a page sets itself; cookies are not
known here, and so no credentials are allowed.
"""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

#: What a page may do with the API: everything that it has.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: What a page may send.
_REQUEST_HEADERS = (
    "Authorization",
    "Cache-Control",
    "Cancel-After",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Prefer",
    "Range",
    "traceparent",
    "tracestate",
    "Upload-Complete",
    "Upload-Length",
    "Upload-Offset",
    "X-Request-Id",
)
#: What a page may read beyond the few headers that every page may.
_EXPOSED_HEADERS = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "Deprecation",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "Upload-Complete",
    "Upload-Limit",
    "Upload-Offset",
    "WWW-Authenticate",
    "X-Request-Id",
    "X-Step",
)
#: A browser asks once in so long whether it may.
_MAX_AGE_S = 600


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins read the answers; add this layer last of all."""
    if not origins:
        return
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_REQUEST_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
        max_age=_MAX_AGE_S,
    )
