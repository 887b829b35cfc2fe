import asyncio
import io
import json
import logging
import re

import pytest
from starlette.types import Message

from app.logs import JsonFormatter
from tests.app.conftest import ApiHarness


@pytest.mark.parametrize("theirs", ["abc-123", "A.b_c:d", "x" * 128])
def test_a_sane_request_id_is_kept(api: ApiHarness, theirs: str) -> None:
    answer = api.client.get("/healthz", headers={"X-Request-Id": theirs})
    assert answer.headers["x-request-id"] == theirs


@pytest.mark.parametrize("theirs", ["", "a b", "x" * 129, 'a"b', "{}", "ä"])
def test_other_request_ids_are_replaced(api: ApiHarness, theirs: str) -> None:
    headers = {"X-Request-Id": theirs.encode()}
    ours = api.client.get("/healthz", headers=headers).headers["x-request-id"]
    assert ours.startswith("req_")
    assert len(ours) == 36


def test_each_request_has_an_id_of_its_own(api: ApiHarness) -> None:
    ids = {api.client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "path", ["/healthz", "/nothing", "/docs", "/problems/not_found"]
)
def test_every_answer_tells_browsers_to_be_careful(api: ApiHarness, path: str) -> None:
    headers = api.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def records_of_requests(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [
        each for each in caplog.records if each.name == "app.http.edge.request_context"
    ]


def test_each_request_leaves_one_line(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.http.edge.request_context"):
        api.client.get("/v1/jobs/nobody?token=secret")
    (record,) = records_of_requests(caplog)
    assert re.fullmatch(r'GET "/v1/jobs/nobody" 404 in [0-9.]+ ms', record.getMessage())
    line = vars(record)
    assert line["elapsed_ms"] >= 0
    assert (line["method"], line["path"]) == ("GET", "/v1/jobs/nobody")
    assert line["status"] == 404


def test_a_path_cannot_write_a_line_of_its_own(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.http.edge.request_context"):
        api.client.get("/x%0A2026-01-01 INFO all is well")
    (record,) = records_of_requests(caplog)
    assert "\n" not in record.getMessage()


def test_lines_of_a_request_know_its_ids(api: ApiHarness) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("app")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        job_id = api.queued()
        stream.truncate(0)
        headers = {
            "X-Request-Id": "req-of-mine",
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        }
        api.client.get(f"/v1/jobs/{job_id}/result", headers=headers)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    (line,) = [json.loads(each.strip("\0")) for each in stream.getvalue().splitlines()]
    assert line["request_id"] == "req-of-mine"
    assert line["job_id"] == job_id
    assert line["trace_id"] == trace
    assert line["status"] == 409


def test_names_of_files_are_not_logged(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "app"):
        api.submit()
        api.submit(content=b"x")
    assert "a b.png" not in caplog.text
    assert "ü.jpg" not in caplog.text


def test_head_works_wherever_get_does(api: ApiHarness) -> None:
    job_id = api.queued()
    for path in ("/healthz", "/docs", "/openapi.json", f"/v1/jobs/{job_id}"):
        get, head = api.client.get(path), api.client.head(path)
        assert head.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == get.headers["content-length"]


def test_a_client_that_leaves_is_no_error_of_ours(
    api: ApiHarness, caplog: pytest.LogCaptureFixture
) -> None:
    messages = [
        {"type": "http.request", "body": b"--x\r\n", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"content-length", b"500"),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/jobs",
        "query_string": b"",
        "headers": headers,
    }
    with caplog.at_level(logging.INFO, "app.http.edge.request_context"):
        asyncio.run(api.app(scope, receive, send))
    assert sent == []
    (record,) = caplog.records
    assert vars(record)["status"] == 499
