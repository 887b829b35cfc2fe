"""A picture that is stored elsewhere is fetched there, and the key stays at home."""

from typing import Any

import anyio
import httpx
import pytest

from app import client as c
from tests.app.client.fakes import (
    JOB_ID,
    FakeClock,
    Script,
    async_client_of,
    client_of,
    job_answer,
    once,
)

ELSEWHERE = "https://storage.test/bucket/results/a?X-Amz-Signature=ab"


def sent_on(location: str = ELSEWHERE) -> httpx.Response:
    return httpx.Response(307, headers={"Location": location})


def picture() -> httpx.Response:
    return httpx.Response(200, content=b"picture")


def test_the_picture_is_fetched_elsewhere_without_the_key() -> None:
    script = Script(sent_on(), picture())
    with client_of(script, api_key="imp_secret") as client:
        assert client.result(JOB_ID) == b"picture"
    first, second = script.requests
    assert first.headers["Authorization"] == "Bearer imp_secret"
    assert str(second.url) == ELSEWHERE
    assert "imp_secret" not in str(second.headers.raw)


def test_so_it_is_without_blocking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPASTO_API_KEY", "imp_secret")
    script = Script(sent_on(), picture())

    async def main() -> bytes:
        async with async_client_of(script, FakeClock()) as client:
            return await client.result(JOB_ID)

    assert anyio.run(main) == b"picture"
    assert str(script.requests[1].url) == ELSEWHERE
    assert "imp_secret" not in str(script.requests[1].headers.raw)


def test_a_busy_storage_is_asked_by_a_fresh_url() -> None:
    script = Script(sent_on(), httpx.Response(503), sent_on(f"{ELSEWHERE}2"), picture())
    with client_of(script) as client:
        assert client.result(JOB_ID) == b"picture"
    assert str(script.requests[3].url) == f"{ELSEWHERE}2"


@pytest.mark.parametrize(
    "ask", [lambda client: client.job(JOB_ID), lambda client: client.cancel(JOB_ID)]
)
def test_nothing_else_is_followed(ask: Any) -> None:
    script = Script(sent_on(), job_answer())
    with client_of(script, retries=once()) as client, pytest.raises(c.ClientError):
        ask(client)
    assert len(script.requests) == 1
