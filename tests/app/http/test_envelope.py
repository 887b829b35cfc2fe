import asyncio
import io
import json
import logging
import re

import pytest
from starlette.types import Message

from app.logs import JsonFormatter
from tests.app.conftest import House


@pytest.mark.parametrize("theirs", ["abc-123", "A.b_c:d", "x" * 128])
def test_a_sane_request_id_is_kept(house: House, theirs: str) -> None:
    answer = house.client.get("/healthz", headers={"X-Request-Id": theirs})
    assert answer.headers["x-request-id"] == theirs


@pytest.mark.parametrize("theirs", ["", "a b", "x" * 129, 'a"b', "{}", "ä"])
def test_other_request_ids_are_replaced(house: House, theirs: str) -> None:
    headers = {"X-Request-Id": theirs.encode()}
    ours = house.client.get("/healthz", headers=headers).headers["x-request-id"]
    assert ours.startswith("req_")
    assert len(ours) == 36


def test_each_request_has_an_id_of_its_own(house: House) -> None:
    ids = {house.client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "path", ["/healthz", "/nothing", "/docs", "/problems/not_found"]
)
def test_every_answer_tells_browsers_to_be_careful(house: House, path: str) -> None:
    headers = house.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def records_of_requests(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.name == "app.http.envelope"]


def test_each_request_leaves_one_line(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.http.envelope"):
        house.client.get("/v1/jobs/nobody?token=secret")
    (record,) = records_of_requests(caplog)
    assert re.fullmatch(r'GET "/v1/jobs/nobody" 404 in [0-9.]+ ms', record.getMessage())
    line = vars(record)
    assert line["elapsed_ms"] >= 0
    assert (line["method"], line["path"]) == ("GET", "/v1/jobs/nobody")
    assert line["status"] == 404


def test_a_path_cannot_write_a_line_of_its_own(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.http.envelope"):
        house.client.get("/x%0A2026-01-01 INFO all is well")
    (record,) = records_of_requests(caplog)
    assert "\n" not in record.getMessage()


def test_lines_of_a_request_know_its_ids(house: House) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("app")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        job_id = house.queued()
        stream.truncate(0)
        headers = {
            "X-Request-Id": "req-of-mine",
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        }
        house.client.get(f"/v1/jobs/{job_id}/result", headers=headers)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    (line,) = [json.loads(each.strip("\0")) for each in stream.getvalue().splitlines()]
    assert line["request_id"] == "req-of-mine"
    assert line["job_id"] == job_id
    assert line["trace_id"] == trace
    assert line["status"] == 409


def test_names_of_files_are_not_logged(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "app"):
        house.submit()
        house.submit(content=b"x")
    assert "a b.png" not in caplog.text
    assert "ü.jpg" not in caplog.text


def test_head_works_wherever_get_does(house: House) -> None:
    job_id = house.queued()
    for path in ("/healthz", "/docs", "/openapi.json", f"/v1/jobs/{job_id}"):
        get, head = house.client.get(path), house.client.head(path)
        assert head.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == get.headers["content-length"]


def test_a_client_that_leaves_is_no_error_of_ours(
    house: House, caplog: pytest.LogCaptureFixture
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
    with caplog.at_level(logging.INFO, "app.http.envelope"):
        asyncio.run(house.app(scope, receive, send))
    assert sent == []
    (record,) = caplog.records
    assert vars(record)["status"] == 499
