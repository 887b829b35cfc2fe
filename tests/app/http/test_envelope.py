import asyncio
import json
import logging

import pytest
from starlette.types import Message

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


def test_each_request_leaves_one_line_of_json(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "app.http.envelope"):
        answer = house.client.get("/v1/jobs/nobody?token=secret")
    (record,) = [each for each in caplog.records if each.name == "app.http.envelope"]
    line = json.loads(record.getMessage())
    assert line.pop("elapsed_ms") >= 0
    assert line == {
        "request_id": answer.headers["x-request-id"],
        "method": "GET",
        "path": "/v1/jobs/nobody",
        "status": 404,
    }


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
    assert json.loads(record.getMessage())["status"] == 499
