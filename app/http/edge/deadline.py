"""A deadline for the head of a request, and answers to what is no HTTP.

uvicorn has no deadline, and answers in plain text. Without a deadline a client that
sends one byte of a header a minute holds a connection for ever. The clock also runs
while the rest of a refused body is thrown away.
"""

import asyncio
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.http.edge.invalid_http import invalid_http_answer
from app.http.edge.write_coalescing import CoalescingTransport


class DeadlineProtocol(H11Protocol):
    """Closes a connection that has no request under way for too long."""

    head_deadline_s = 5.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        """Start the clock: a head is due."""
        # It stands for the transport, and hands all but writing on to it.
        coalescing = CoalescingTransport(transport, self.loop)
        super().connection_made(coalescing)  # type: ignore[arg-type]
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once a head is whole; start it with a next one's bytes."""
        super().data_received(data)
        if self._is_idle():
            self._start_timer()
        else:
            self._stop_timer()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - as in the base class
        """Answer what h11 could not read, unless an answer is under way; then close."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            head, body = invalid_http_answer(sys.exception())
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_deadline_s, self._expire)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        if self._is_idle():
            self.transport.close()


def protocol_with_deadline(head_deadline_s: float) -> type[DeadlineProtocol]:
    """Return a protocol class for uvicorn, which accepts no arguments for one."""
    return type(
        "ConfiguredDeadlineProtocol",
        (DeadlineProtocol,),
        {"head_deadline_s": head_deadline_s},
    )
