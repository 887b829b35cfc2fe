"""Reads server-sent events at the application's door, without sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from fastapi import FastAPI

#: Longer than anything takes that works.
PATIENCE_S = 5.0


class Heard(NamedTuple):
    """One block of the stream; `comment` for one that is only a comment."""

    event: str
    data: Any
    id: str
    retry: str = ""
    comment: str = ""


class Listener:
    """One open request for a stream."""

    def __init__(self, app: FastAPI, path: str, headers: dict[str, str]) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._left = asyncio.Event()
        self._blocks: asyncio.Queue[str | None] = asyncio.Queue()
        self._started = asyncio.Event()
        self._rest = ""
        self._asked = False
        self.task = asyncio.create_task(
            app(self._scope(path, headers), self._receive, self._send)
        )

    async def next(self) -> Heard | None:
        """Return the next block; None when the stream has ended."""
        block = await asyncio.wait_for(self._blocks.get(), PATIENCE_S)
        return None if block is None else _parsed(block)

    async def rest(self) -> list[Heard]:
        """Return all that comes until the end."""
        heard = []
        while (block := await self.next()) is not None:
            heard.append(block)
        return heard

    async def leave(self) -> None:
        """Close the connection."""
        self._left.set()
        await asyncio.wait_for(self.task, PATIENCE_S)

    async def started(self) -> None:
        """Wait for the answer's head."""
        await asyncio.wait_for(self._started.wait(), PATIENCE_S)

    def _scope(self, path: str, headers: dict[str, str]) -> dict[str, Any]:
        path, _, query = path.partition("?")
        method = headers.pop(":method", "GET")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"host", b"house"),
                *((k.lower().encode(), v.encode()) for k, v in headers.items()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            raw = message["headers"]
            self.headers = {k.decode().lower(): v.decode() for k, v in raw}
            self._started.set()
            return
        *blocks, self._rest = (self._rest + message["body"].decode()).split("\n\n")
        for block in blocks:
            self._blocks.put_nowait(block)
        if not message.get("more_body", False):
            self._blocks.put_nowait(None)


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncIterator[None]:
    """Run the application's lifespan: the feed listens, the cache follows."""
    async with app.router.lifespan_context(app):
        yield


def _parsed(block: str) -> Heard:
    fields: dict[str, str] = {"event": "", "data": "", "id": "", "retry": ""}
    comment = ""
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            comment = value
        else:
            fields[name] += value
    data = json.loads(fields["data"]) if fields["data"] else None
    return Heard(fields["event"], data, fields["id"], fields["retry"], comment)
