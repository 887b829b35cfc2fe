"""Connections that lead to given addresses only, and end at a given time.

httpcore speaks HTTP over them; it never learns how to resolve a name.
"""

import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from app.outbound.addresses import Address

#: An address that swallows packets leaves time for the next one.
_LONGEST_CONNECT_S = 5.0
#: Small enough that one piece is sent at once or not: the clock is looked at between.
_PIECE_BYTES = 4096


class TooManyBytesError(Exception):
    """More came than was allowed."""


class Deadline:
    """A point in time that bounds every step of a request together."""

    def __init__(self, seconds: float) -> None:
        self._end_s = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Return the seconds left, more than 0.

        Raises:
            httpcore.ReadTimeout: None is left.
        """
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return left_s


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to the first of the addresses that answers, whatever host is named."""

    def __init__(
        self,
        sockets: httpcore.NetworkBackend,
        addresses: Sequence[Address],
        deadline: Deadline,
        max_bytes: int,
    ) -> None:
        self._sockets = sockets
        self._addresses = addresses
        self._deadline = deadline
        self._max_bytes = max_bytes

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - its addresses have been judged; it has not
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # httpcore's are a union of tuples
    ) -> httpcore.NetworkStream:
        """Return a connection to one of the addresses; its text needs no resolver."""
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._sockets.connect_tcp(
                    str(address),
                    port,
                    min(self._deadline.remaining_s(), _LONGEST_CONNECT_S),
                    local_address,
                    socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _BoundedStream(stream, self._deadline, self._max_bytes)
        raise failure


class _BoundedStream(httpcore.NetworkStream):
    """Reads and writes until the deadline, and no more than `max_bytes`."""

    def __init__(
        self, stream: httpcore.NetworkStream, deadline: Deadline, max_bytes: int
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._left_bytes = max_bytes

    def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> bytes:
        content = self._stream.read(max_bytes, self._deadline.remaining_s())
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise TooManyBytesError
        return content

    def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> None:
        for start in range(0, len(buffer), _PIECE_BYTES):
            piece = buffer[start : start + _PIECE_BYTES]
            self._stream.write(piece, self._deadline.remaining_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> httpcore.NetworkStream:
        # CPython bounds the handshake as a whole, not each of its reads.
        stream = self._stream.start_tls(
            ssl_context, server_hostname, self._deadline.remaining_s()
        )
        return _BoundedStream(stream, self._deadline, self._left_bytes)

    def get_extra_info(self, info: str) -> Any:  # httpcore's
        return self._stream.get_extra_info(info)
