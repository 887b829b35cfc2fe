import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.http.answers.problem_responses import install_problem_handlers
from app.http.edge.body_limits import BodyLimits, BodyLimitsMiddleware
from app.http.edge.origins import PublicUrl
from app.http.edge.request_context import RequestContext
from app.http.services import Services

LIMITS = BodyLimits(
    max_bytes=100, idle_s=0.1, grace_s=0.05, min_bytes_per_s=1000, max_s=0.2
)


def an_app(
    limits: BodyLimits = LIMITS, other_limits: Mapping[str, BodyLimits] | None = None
) -> FastAPI:
    app = FastAPI()
    app.state.services = Services((PublicUrl(None),))

    @app.post("/")
    async def read(request: Request) -> Response:
        return Response(str(len(await request.body())))

    install_problem_handlers(app)
    app.add_middleware(BodyLimitsMiddleware, limits=limits, other_limits=other_limits)
    app.add_middleware(RequestContext)
    return app


def post(
    headers: Iterable[tuple[str, str]] = (),
    chunks: Iterable[tuple[float, bytes]] = ((0, b""),),
    limits: BodyLimits = LIMITS,
    other_limits: Mapping[str, BodyLimits] | None = None,
) -> tuple[int, dict[str, str], Any]:
    """Send chunks, each after a pause; return status, headers, body."""
    pending = list(chunks)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not pending:
            await asyncio.sleep(10)
        pause_s, body = pending.pop(0)
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": body, "more_body": bool(pending)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "scheme": "http",
        "server": ("testserver", 80),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    asyncio.run(an_app(limits, other_limits)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, json.loads(body)


CHUNKED = ("transfer-encoding", "chunked")


def test_a_body_within_the_limits_passes() -> None:
    status, _, body = post([CHUNKED], [(0, b"x" * 60), (0, b"x" * 40)])
    assert (status, body) == (200, 100)


def test_some_paths_have_limits_of_their_own() -> None:
    short = replace(LIMITS, max_bytes=10)
    body, long = [(0.0, b"x" * 60)], {"/**": LIMITS}
    assert post([CHUNKED], body, short, long)[0] == 200
    assert post([CHUNKED], body, short, {"/a/**": LIMITS})[0] == 413


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "5"), CHUNKED],
        [("content-length", "5"), ("content-length", "6")],
        [("content-length", "-1")],
        [("content-length", "5, 5")],
        [("content-length", "0x10")],
        [("content-length", "٣")],
        [("content-length", "9" * 5000)],
        [("content-length", "")],
    ],
)
def test_ambiguous_lengths_are_refused_and_the_connection_ends(
    headers: list[tuple[str, str]],
) -> None:
    status, answered, body = post(headers)
    assert (status, body["code"]) == (400, "malformed_request")
    assert answered["connection"] == "close"


def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    status, answered, body = post([("content-length", "101")], chunks=[])
    assert (status, body["code"]) == (413, "upload_too_large")
    assert (body["limit"], body["actual"]) == (100, 101)
    (error,) = body["errors"]
    assert (error["field"], error["limit"], error["actual"]) == ("", 100, 101)
    assert "connection" not in answered


def test_a_client_that_waits_for_100_continue_is_cut_off() -> None:
    headers = [("content-length", "101"), ("expect", "100-continue")]
    _, answered, _ = post(headers, chunks=[])
    assert answered["connection"] == "close"


def test_an_undeclared_length_over_the_limit_is_refused_while_it_arrives() -> None:
    chunks = [(0.0, b"x" * 60), (0.0, b"x" * 41), (9.0, b"never asked for")]
    status, _, body = post([CHUNKED], chunks)
    assert (status, body["code"]) == (413, "upload_too_large")


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_encoded_bodies_are_refused(encoding: str) -> None:
    status, answered, body = post([CHUNKED, ("content-encoding", encoding)])
    assert (status, body["code"]) == (415, "unsupported_media_type")
    assert answered["accept-encoding"] == "identity"


def test_the_identity_encoding_is_none() -> None:
    assert post([CHUNKED, ("content-encoding", "Identity")])[0] == 200


def test_a_pause_that_is_too_long_ends_the_upload() -> None:
    status, answered, body = post([CHUNKED], [(0, b"x"), (5, b"y")])
    assert (status, body["code"]) == (408, "upload_too_slow")
    assert answered["connection"] == "close"
    assert "0.1 seconds" in body["detail"]


def test_a_trickle_ends_the_upload_though_it_never_pauses() -> None:
    status, _, body = post([CHUNKED], [(0.02, b"x") for _ in range(50)])
    assert (status, body["code"]) == (408, "upload_too_slow")
    assert "1000 bytes per second" in body["detail"]


def test_a_slow_start_is_forgiven() -> None:
    chunks = [(0.03, b"x"), (0, b"x" * 90), (0.03, b"y")]
    assert post([CHUNKED], chunks)[0] == 200


def test_a_body_that_is_complete_is_never_too_slow() -> None:
    assert post([CHUNKED], [(0.07, b"x")])[0] == 200


def test_an_upload_has_an_end_even_at_a_good_rate() -> None:
    limits = BodyLimits(
        max_bytes=10**6, idle_s=1, grace_s=9, min_bytes_per_s=0, max_s=0.05
    )
    status, _, body = post([CHUNKED], [(0.02, b"x" * 99)] * 20, limits)
    assert (status, body["code"]) == (408, "upload_too_slow")
    assert "within 0.05 seconds" in body["detail"]
