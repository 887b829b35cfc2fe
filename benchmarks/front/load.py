"""Clients that ask again and again over connections that stay open.

A protocol of our own: an HTTP library would take more time than the server that it is
to measure.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from functools import partial


@dataclass(frozen=True)
class Load:
    """What one run gave.

    Attributes:
        seconds: how long it was measured.
        latencies_s: of each answer.
    """

    seconds: float
    latencies_s: list[float] = field(repr=False)
    #: With those while it warmed up.
    answers: int = 0

    @property
    def per_second(self) -> float:
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        return 1000 * statistics.quantiles(self.latencies_s, n=100)[percent - 1]


class _Client(asyncio.Protocol):
    """Asks, reads the whole answer, waits for `pause_s`, asks again."""

    def __init__(
        self, request: bytes, pause_s: float, latencies_s: list[float]
    ) -> None:
        self._request = request
        self._pause_s = pause_s
        self._latencies_s = latencies_s
        self._buffer = b""
        self._missing: int | None = None
        self._asked_s = 0.0
        self.failure: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._missing is None:
            head, found, _ = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                self.failure = head.decode("latin-1")
            length = next(
                line
                for line in head.lower().split(b"\r\n")
                if b"content-length" in line
            )
            self._missing = len(head) + 4 + int(length.split(b":")[1])
        if len(self._buffer) >= self._missing:
            self._latencies_s.append(time.perf_counter() - self._asked_s)
            self._buffer, self._missing = b"", None
            if self._pause_s:
                asyncio.get_running_loop().call_later(self._pause_s, self._ask)
            else:
                self._ask()

    def _ask(self) -> None:
        if not self._transport.is_closing():
            self._asked_s = time.perf_counter()
            self._transport.write(self._request)

    def close(self) -> None:
        self._transport.close()


async def _run(
    port: int, path: str, clients: int, seconds: float, pause_s: float
) -> Load:
    loop = asyncio.get_running_loop()
    latencies_s: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    made = []
    for number in range(clients):
        _, client = await loop.create_connection(
            partial(_Client, request, pause_s, latencies_s), "127.0.0.1", port
        )
        made.append(client)
        if pause_s:  # spread over the pause, as strangers are
            await asyncio.sleep(pause_s / clients if number else 0)
    await asyncio.sleep(min(1.0, seconds / 4))  # warm
    warm_up = len(latencies_s)
    latencies_s.clear()
    began_s = time.perf_counter()
    await asyncio.sleep(seconds)
    seconds = time.perf_counter() - began_s
    load = Load(seconds, list(latencies_s), warm_up + len(latencies_s))
    for client in made:
        client.close()
    await asyncio.sleep(0)  # a closed transport lets go of its socket one turn later
    failures = [client.failure for client in made if client.failure]
    if failures:
        raise RuntimeError(f"the server refused: {failures[0]}")
    return load


def poll(
    port: int, path: str, *, clients: int, seconds: float, pause_s: float = 0.0
) -> Load:
    """Let so many clients ask for so long; each waits for its answer, then asks again.

    Args:
        port: On this machine.
        path: What is asked for.
        clients: Connections that stay open.
        seconds: How long is measured, after a while to warm up.
        pause_s: Between an answer and the next question.
    """
    return asyncio.run(_run(port, path, clients, seconds, pause_s))
