"""Who follows which job, within one event loop."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.contract.messages.events import Event

#: One who is so far behind is told to look at the job instead.
_MOST_WAITING = 256


class QueueFollower:
    """Implements the `Follower` port; `put` and `interrupt` never wait.

    A thousand streams wait here at once, so that waiting is a future and a timer: a
    queue with `asyncio.wait_for` would make a task for each event.
    """

    def __init__(self) -> None:
        self._events: deque[Event | None] = deque()
        self._waiter: asyncio.Future[None] | None = None

    async def next(self, timeout_s: float) -> Event | None:
        if not self._events:
            await self._something(timeout_s)
        return self._events.popleft() if self._events else None

    def put(self, event: Event) -> None:
        """Hand over an event."""
        if len(self._events) >= _MOST_WAITING:
            self.interrupt()
        else:
            self._events.append(event)
            self._wake()

    def interrupt(self) -> None:
        """Let `next` return None: events may have been missed, or nobody waits more."""
        self._events.clear()
        self._events.append(None)
        self._wake()

    async def _something(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(timeout_s, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


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
