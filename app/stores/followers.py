"""Who follows which job, within one event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.contract.events import Event

#: One who is so far behind is told to look at the job instead.
_MOST_WAITING = 256


class QueueFollower:
    """Implements the `Follower` port; `put` and `interrupt` never wait."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    async def next(self, timeout_s: float) -> Event | None:
        """Return the next event, or None if nothing happened in time."""
        try:
            return await asyncio.wait_for(self._events.get(), timeout_s)
        except TimeoutError:
            return None

    def put(self, event: Event) -> None:
        """Hand over an event."""
        if self._events.qsize() >= _MOST_WAITING:
            self.interrupt()
        else:
            self._events.put_nowait(event)

    def interrupt(self) -> None:
        """Say that events may have been missed."""
        while not self._events.empty():
            self._events.get_nowait()
        self._events.put_nowait(None)


class Followers:
    """All who follow; call its methods in the event loop only."""

    def __init__(self) -> None:
        self._of_job: dict[str | None, set[QueueFollower]] = defaultdict(set)

    @contextmanager
    def follow(self, job_id: str | None) -> Iterator[QueueFollower]:
        """Yield one who hears of this job, or of all for None."""
        follower = QueueFollower()
        self._of_job[job_id].add(follower)
        try:
            yield follower
        finally:
            self._of_job[job_id].discard(follower)
            if not self._of_job[job_id]:
                del self._of_job[job_id]

    def tell(self, events: Iterable[Event]) -> None:
        """Hand events to those who follow their job."""
        for event in events:
            for name in (event.job_id, None):
                for follower in self._of_job.get(name, ()):
                    follower.put(event)

    def interrupt(self) -> None:
        """Tell all that events may have been missed."""
        for followers in self._of_job.values():
            for follower in followers:
                follower.interrupt()
