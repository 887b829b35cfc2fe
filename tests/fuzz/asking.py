"""Sends a request to the application without a server, and judges the answer."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.problems import MEDIA_TYPE, PROBLEMS, ProblemCode
from app.settings import ApiSettings
from app.stores.ledger.rules import LedgerRules
from tests.app.conftest import ApiHarness
from tests.fuzz.effort import LONGEST_S
from tests.ledgers import ScratchLedger

_ROOM = 10**9


def roomy_api() -> ApiHarness:
    """Return an API whose queue is never full."""
    return ApiHarness(
        settings=ApiSettings(queue_limit=_ROOM),
        ledger=ScratchLedger(LedgerRules(queue_limit=_ROOM)),
    )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def require_sane(self) -> None:
        """Fail unless it is good news, or a problem of the table below 500."""
        assert self.status < 500, self
        if self.status < 400:
            return
        assert self.headers[b"content-type"] == MEDIA_TYPE.encode(), self
        problem = json.loads(self.body)
        code = ProblemCode(problem["code"])
        assert problem["status"] == self.status == PROBLEMS[code].status, self


def ask(
    api: ApiHarness,
    *,
    method: str = "POST",
    path: str = "/v1/jobs",
    query: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    body: bytes = b"",
    chunk_bytes: int = 65536,
) -> Answer:
    """Return the answer to one request, whose body comes in chunks."""
    start_s = time.monotonic()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"),
        "query_string": query,
        "headers": list(headers),
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }
    answer = asyncio.run(_answer(api, scope, body, chunk_bytes))
    assert time.monotonic() - start_s < LONGEST_S
    return answer


async def _answer(
    api: ApiHarness, scope: dict[str, Any], body: bytes, chunk_bytes: int
) -> Answer:
    chunks = [body[i : i + chunk_bytes] for i in range(0, len(body), chunk_bytes)]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not chunks and sent:
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0) if chunks else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(LONGEST_S):
        await api.app(scope, receive, send)
    content = b"".join(each.get("body", b"") for each in sent[1:])
    return Answer(sent[0]["status"], dict(sent[0]["headers"]), content)
