"""The feed of one process: events are told as they are made."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from pydantic import JsonValue

from app.contract.events import Event, EventKind
from app.contract.ports import Follower, History
from app.stores.followers import Followers

#: As many as the scripts keep in Redis, about.
_KEPT = 1000


class MemoryFeed:
    """Implements the `Feed` port; the memory ledger calls `emit`."""

    def __init__(self) -> None:
        self._streams: dict[str, list[Event]] = defaultdict(list)
        self._followers = Followers()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._number = 0

    def emit(self, job_id: str, kind: EventKind, data: dict[str, JsonValue]) -> None:
        """Append an event and tell the followers; any thread may call it."""
        with self._lock:
            self._number += 1
            event = Event(f"{self._number}-0", job_id, kind, data)
            self._streams[job_id] = [*self._streams[job_id], event][-_KEPT:]
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._followers.tell, [event])

    def forget(self, job_id: str) -> None:
        """Drop a job's events."""
        self._streams.pop(job_id, None)

    def forget_all(self) -> None:
        """Drop every job's events."""
        self._streams.clear()

    def history(self, job_id: str, after: str | None) -> History:
        """Return what happened after the event `after`; for None only its end."""
        events = self._streams.get(job_id, [])
        last_id = events[-1].id if events else "0-0"
        if after is None:
            return History([], last_id, is_complete=True)
        ids = [event.id for event in events]
        if after not in ids:
            return History([], last_id, is_complete=False)
        return History(events[ids.index(after) + 1 :], last_id, is_complete=True)

    @contextmanager
    def follow(self, job_id: str | None) -> Iterator[Follower]:
        """Follow one job, or all of them, from now on; use it in the event loop."""
        with self._followers.follow(job_id) as follower:
            yield follower

    @property
    def is_live(self) -> bool:
        """Whether events arrive."""
        return self._loop is not None

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Listen as long as the block is entered; the application does so once."""
        return self._listening()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        try:
            yield
        finally:
            with self._lock:
                self._loop = None
