"""What only a real server can show: bytes on a socket, against uvicorn itself."""

import io
import json
import logging
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
import uvicorn
from PIL import Image

from app.server import uvicorn_options
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness

SETTINGS = ApiSettings(
    port=0,
    header_deadline_s=0.3,
    body_idle_s=0.3,
    keep_alive_s=0.8,
    max_body_bytes=100_000,
    limit_concurrency=20,
)
#: Much longer than any deadline above, much shorter than a test may hang.
PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def served_api() -> ApiHarness:
    return ApiHarness(SETTINGS)


@pytest.fixture(scope="module")
def port(served_api: ApiHarness) -> Iterator[int]:
    config = uvicorn.Config(served_api.app, **uvicorn_options(SETTINGS))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def talk(
    port: int, *pieces: bytes, pause_s: float = 0.0, half_close: bool = False
) -> bytes:
    """Send the pieces with pauses, and return all bytes until the server closes.

    With `half_close` nothing more is sent after them, and the server is told so.
    """
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as line:
        try:
            for index, piece in enumerate(pieces):
                time.sleep(pause_s if index else 0)
                line.sendall(piece)
            if half_close:
                line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))
        except (BrokenPipeError, ConnectionResetError):
            return b""


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def code_of(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


HEAD = b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"


def test_a_head_that_never_ends_is_cut_off(port: int) -> None:
    start_s = time.monotonic()
    pieces = [b"GET /healthz HTTP/1.1\r\n", *[b"X: y\r\n"] * 20]
    assert talk(port, *pieces, pause_s=0.05) == b""
    assert time.monotonic() - start_s < 2


def test_a_silent_connection_is_cut_off(port: int) -> None:
    start_s = time.monotonic()
    assert talk(port) == b""
    assert time.monotonic() - start_s < 2


def test_a_whole_head_stops_the_clock(port: int) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    half = len(request) // 2
    answer = talk(port, request[:half], request[half:], pause_s=0.1)
    assert status_of(answer) == 200


def test_a_body_that_stops_is_a_408(port: int) -> None:
    answer = talk(port, HEAD + FORM + b"Content-Length: 500\r\n\r\n--x\r\n")
    assert (status_of(answer), code_of(answer)) == (408, "upload_too_slow")


JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN_BODIES = {
    "no chunk": [FORM + CHUNKED, b"zz\r\n"],
    "no chunk, at once": [JSON + CHUNKED + b"zz\r\n"],
    "no second chunk": [JSON + CHUNKED, b"1\r\n{\r\n", b"zz\r\n"],
    "no second chunk, at once": [FORM + CHUNKED + b"2\r\n--\r\nzz\r\n"],
    "a body cut off": [JSON + b"Content-Length: 500\r\n\r\n{}"],
    "a form cut off": [FORM + b"Content-Length: 500\r\n\r\n--"],
    "a chunk cut off": [JSON + CHUNKED, b"5\r\n{"],
    "chunks without an end": [FORM + CHUNKED + b"2\r\n--\r\n"],
}


@pytest.mark.parametrize("pieces", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_body_that_breaks_off_is_its_clients_leaving(
    port: int, pieces: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = submissions_by_status(port)
    head = b"POST /v1/jobs?validate_only=true HTTP/1.1\r\nHost: a\r\n"
    answer = talk(port, head + pieces[0], *pieces[1:], pause_s=0.05, half_close=True)
    assert answer == b"" or status_of(answer) == 400
    end_s = time.monotonic() + PATIENCE_S
    while (after := submissions_by_status(port)) == before:
        assert time.monotonic() < end_s, "it was never counted"
        time.sleep(0.01)
    assert after - before == Counter({"499": 1})
    assert not before - after
    assert [each for each in caplog.records if each.exc_info] == []


def submissions_by_status(port: int) -> Counter[str]:
    """Return how often each status was counted for `POST /v1/jobs`."""
    request = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    line = re.compile(
        r'impasto_http_requests_total\{method="POST",route="/v1/jobs",'
        r'status="(\d+)"\} ([\d.]+)'
    )
    found = line.findall(talk(port, request).decode())
    return Counter({status: int(float(count)) for status, count in found})


def test_two_lengths_at_once_are_a_400(port: int) -> None:
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answer = talk(port, HEAD + FORM + both)
    assert (status_of(answer), code_of(answer)) == (400, "malformed_request")


def test_a_declared_oversize_is_refused_before_the_body(port: int) -> None:
    head = HEAD + FORM + b"Connection: close\r\n"
    answer = talk(port, head + b"Content-Length: 100001\r\n\r\n")
    assert (status_of(answer), code_of(answer)) == (413, "upload_too_large")


def test_an_undeclared_oversize_is_refused_and_the_answer_arrives(port: int) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="content"; filename="a"'
    start = b"%x\r\n%s\r\n\r\n\r\n" % (len(part) + 4, part)
    chunk = b"8000\r\n" + b"-" * 0x8000 + b"\r\n"
    head = HEAD + FORM + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = talk(port, head + start, *[chunk] * 30)
    assert (status_of(answer), code_of(answer)) == (413, "upload_too_large")


def test_whoever_waits_for_100_continue_gets_it_or_the_refusal(port: int) -> None:
    expect = HEAD + FORM + b"Expect: 100-continue\r\n"
    answer = talk(port, expect + b"Content-Length: 5\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n")
    start_s = time.monotonic()
    answer = talk(port, expect + b"Content-Length: 100001\r\n\r\n")
    assert status_of(answer) == 413
    assert time.monotonic() - start_s < 0.25


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        HEAD + b"Content-Length: -5\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Connection: close\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_cut_off(
    port: int, request_bytes: bytes
) -> None:
    answer = talk(port, request_bytes)
    assert answer == b"" or 400 <= status_of(answer) < 500


def test_what_is_no_http_is_told_as_a_problem(port: int) -> None:
    answer = talk(port, b"GET / HTTP/1.1\r\n\r\n")
    assert (status_of(answer), code_of(answer)) == (400, "malformed_request")
    head = answer.lower().partition(b"\r\n\r\n")[0]
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert b"x-request-id: req_" in head


@pytest.mark.parametrize(
    "head",
    [
        b"X: " + b"y" * 100_000 + b"\r\n",
        b"X: y\r\n" * 257,
    ],
    ids=["one long header", "many headers"],
)
def test_a_head_that_is_too_long_is_a_431(port: int, head: bytes) -> None:
    answer = talk(port, HEAD + head + b"\r\n")
    assert (status_of(answer), code_of(answer)) == (431, "head_too_large")
    assert b"connection: close" in answer.lower()


def test_a_head_that_grows_too_long_is_a_431_before_its_end(port: int) -> None:
    pieces = [b"X: " + b"y" * 20_000 + b"\r\n"] * 5
    answer = talk(port, HEAD, *pieces, pause_s=0.01)
    assert answer == b"" or status_of(answer) == 431


def test_a_target_may_be_a_whole_url(port: int) -> None:
    close = b" HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n\r\n"
    answer = talk(port, b"GET http://outer.example/healthz" + close)
    assert status_of(answer) == 200
    answer = talk(port, b"GET HTTPS://outer.example?x=1" + close)
    assert b"text/html" in answer
    answer = talk(port, b"GET http://outer.example/v1/jobs/a%2Fb?c" + close)
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert problem["instance"] == "/v1/jobs/a/b"
    assert problem["type"] == "http://outer.example/problems/not_found"
    answer = talk(port, b"GET ftp://outer.example/healthz" + close)
    assert status_of(answer) == 404


def test_head_is_answered_without_a_body(port: int) -> None:
    answer = talk(port, b"HEAD /docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 200
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: " in head
    assert body == b""


def test_the_next_request_of_a_connection_is_answered(port: int) -> None:
    first = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    # Longer than the deadline for a head: its clock stands still between requests.
    answer = talk(port, first, second, pause_s=0.4)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert b'{"status":"ok"}' in answer
    assert b"\r\nserver:" not in answer


def large_form() -> bytes:
    """A picture that takes a while to decode, in few bytes; twice, as a request."""
    file = io.BytesIO()
    Image.new("L", (4500, 4500), 128).save(file, "PNG")
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%s"; filename="p"\r\n\r\n%s\r\n'
        % (name, file.getvalue())
        for name in (b"content", b"style")
    ]
    body = b"".join(parts) + b"--b--\r\n"
    head = (
        b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"
    )
    return head % len(body) + body


def test_client_that_leaves_after_its_upload_has_no_job(
    port: int, served_api: ApiHarness
) -> None:
    """Nobody would learn the job's id, and nobody could cancel it."""
    form = large_form()  # made before the line is open: its head has a deadline
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as line:
        line.sendall(form)
        time.sleep(0.05)  # the body is read; the pictures are being decoded
    time.sleep(1.5)
    assert served_api.ledger.queue_depth() == 0
    assert served_api.doorbell.rung == []
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as line:
        line.sendall(form)
        assert status_of(line.recv(65536)) == 202, "but one that waits has one"
