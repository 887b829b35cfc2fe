"""Says that the server is about to stop, to those who would keep a connection open.

A server that stops waits for the answers under way. Without this, one open stream of
events would hold it up for the whole time of grace.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Closing:
    """Set once, in the event loop; not taken back."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def is_set(self) -> bool:
        """Whether the server is about to stop."""
        return self._is_set

    def set(self) -> None:
        """Tell everybody."""
        self._is_set = True
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    @contextmanager
    def told(self) -> Iterator[asyncio.Future[None]]:
        """Yield a future that is done when the server is about to stop."""
        future = asyncio.get_running_loop().create_future()
        if self._is_set:
            future.set_result(None)
        self._waiting.add(future)
        try:
            yield future
        finally:
            self._waiting.discard(future)
            future.cancel()
