"""A thousand browsers that follow jobs: open streams, counted and timed."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial


@dataclass
class Heard:
    """What all listeners together heard.

    Attributes:
        begun: streams whose first event came.
        progress: events of that name.
        done: streams that heard the end.
        lags_s: from a worker's report to its arrival, of every progress event.
    """

    begun: int = 0
    progress: int = 0
    done: int = 0
    lags_s: list[float] = field(default_factory=list, repr=False)
    transports: list[asyncio.BaseTransport] = field(default_factory=list, repr=False)

    async def close(self) -> None:
        """Hang up on all streams."""
        for transport in self.transports:
            transport.close()
        await asyncio.sleep(0)  # a transport lets go of its socket one turn later


class _Listener(asyncio.Protocol):
    def __init__(self, request: bytes, heard: Heard) -> None:
        self._request = request
        self._heard = heard
        self._rest = b""
        self._has_begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        for block in blocks:
            if b"event: progress" in block:
                self._heard.progress += 1
                self._heard.lags_s.append(_lag_s(block))
            elif b"event: done" in block:
                self._heard.done += 1
            elif b"event: status" in block and not self._has_begun:
                self._has_begun = True
                self._heard.begun += 1


def _lag_s(block: bytes) -> float:
    text = block.split(b"data: ", 1)[1].split(b"\n", 1)[0]
    updated_at = datetime.fromisoformat(json.loads(text)["updated_at"])
    return time.time() - updated_at.timestamp()


async def listen(port: int, job_ids: list[str], count: int) -> Heard:
    """Open so many streams, spread over the jobs; return what is heard from now on."""
    loop = asyncio.get_running_loop()
    heard = Heard()
    for number in range(count):
        path = f"/v1/jobs/{job_ids[number % len(job_ids)]}/events"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        request = head.encode()
        transport, _ = await loop.create_connection(
            partial(_Listener, request, heard),
            "127.0.0.1",
            port,
        )
        heard.transports.append(transport)
    return heard


async def until(is_so: Callable[[], bool], timeout_s: float) -> bool:
    """Return whether it became so in time."""
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        if is_so():
            return True
        await asyncio.sleep(0.05)
    return False
