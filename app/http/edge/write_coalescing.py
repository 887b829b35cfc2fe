"""Joins what is written at once, an answer's head and its body, into one packet.

uvicorn writes the two one after the other, and each write is a call of the system and
wakes the client. For small answers these two calls are a large part of all the work.
"""

import asyncio
from typing import Any


class CoalescingTransport:
    """A transport that writes at the end of the loop's turn; else the one it wraps."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._pending: list[bytes] = []

    # Any: whatever else a transport has is the wrapped one's.
    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write with all that is written until the loop turns to others."""
        if not data:
            return
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.append(data)

    def close(self) -> None:
        """Close when everything is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if pending and not self._transport.is_closing():
            self._transport.write(b"".join(pending))
