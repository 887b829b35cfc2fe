"""The feed from Redis: one thread reads the stream of all jobs' news and passes it on.

One connection serves any number of followers: a thousand browsers that watch their
jobs cost Redis no more than one.
"""

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import redis

from app.contract.messages.events import Event, EventKind
from app.contract.ports import Follower, History, LedgerUnavailableError
from app.stores.followers import Followers
from app.stores.ledger import keys
from app.stores.ledger.scripts import translated_errors

_log = logging.getLogger(__name__)

#: The reader looks up so often whether it shall stop; below the client's time-out.
_BLOCK_MS = 1000
_PAUSE_AFTER_ERROR_S = 0.5


class RedisFeed:
    """Implements the `Feed` port."""

    def __init__(self, client: redis.Redis, *, block_ms: int = _BLOCK_MS) -> None:
        # Any: redis-py's types do not tell texts from bytes; ours decodes answers.
        self._redis: Any = client
        self._block_ms = block_ms
        self._followers = Followers()
        self._is_live = False

    def history(self, job_id: str, after: str | None) -> History:
        """Return what happened after the event `after`; for None nothing, but its end.

        An id that no stream could have is one that is gone.
        """
        name = keys.EVENTS + job_id
        with translated_errors():
            newest = self._redis.xrevrange(name, count=1)
            last_id = newest[0][0] if newest else "0-0"
            if after is None:
                return History([], last_id, is_complete=True)
            try:
                entries = self._redis.xrange(name, min=after)
            except redis.ResponseError:
                return History([], last_id, is_complete=False)
        if not entries or entries[0][0] != after:
            return History([], last_id, is_complete=False)
        events = [
            Event(id_, job_id, EventKind(row["kind"]), json.loads(row["data"]))
            for id_, row in entries[1:]
        ]
        return History(events, events[-1].id if events else after, is_complete=True)

    @contextmanager
    def follow(self, job_id: str | None) -> Iterator[Follower]:
        with self._followers.follow(job_id) as follower:
            yield follower

    @property
    def is_live(self) -> bool:
        return self._is_live

    def listening(self) -> AbstractAsyncContextManager[None]:
        return self._listening()

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        stop = threading.Event()
        loop = asyncio.get_running_loop()
        reader = threading.Thread(
            target=self._read_forever, args=(stop, loop), name="feed", daemon=True
        )
        reader.start()
        try:
            yield
        finally:
            stop.set()
            await asyncio.to_thread(reader.join)

    def _read_forever(
        self, stop: threading.Event, loop: asyncio.AbstractEventLoop
    ) -> None:
        while not stop.is_set():
            try:
                self._read(stop, loop)
            except LedgerUnavailableError as error:
                if self._is_live:
                    _log.warning("the feed is interrupted: %s", error)
                self._is_live = False
                stop.wait(_PAUSE_AFTER_ERROR_S)
            # A fault of ours must not end the feed for good.
            except Exception:  # noqa: BLE001
                _log.exception("the feed met an unexpected error")
                self._is_live = False
                stop.wait(_PAUSE_AFTER_ERROR_S)
        self._is_live = False

    def _read(self, stop: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
        """Pass on what comes from now on, until told to stop or Redis is lost."""
        with translated_errors():
            newest = self._redis.xrevrange(keys.NEWS, count=1)
        last_id = newest[0][0] if newest else "0-0"
        # What happened while nobody listened is lost to the followers: say so.
        _call(loop, self._followers.interrupt)
        self._is_live = True
        while not stop.is_set():
            with translated_errors():
                answer = self._redis.xread({keys.NEWS: last_id}, block=self._block_ms)
            rows = [row for _, stream in answer or () for row in stream]
            if rows:
                last_id = rows[-1][0]
                events = [_event_of(row) for _, row in rows]
                _call(loop, self._followers.tell, events)


def _event_of(row: dict[str, str]) -> Event:
    data = json.loads(row["data"])
    return Event(row["event"], row["job"], EventKind(row["kind"]), data)


# The loop's own signature has object arguments too.
def _call(loop: asyncio.AbstractEventLoop, call: object, *args: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody follows
        loop.call_soon_threadsafe(call, *args)  # type: ignore[arg-type]
