"""Waiting for a job's news: until some comes, the client leaves or the server stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from starlette.types import Receive

from app.contract.messages.events import Event
from app.contract.ports import Follower


class WaitResult(Enum):
    """Why a wait ended, if not by an event."""

    NOTHING_CAME = "nothing came"
    #: Events may be lost: look at the job.
    MISSED = "missed"
    #: The client has left or the server stops: nobody needs to wait any more.
    OVER = "over"


class EventWait:
    """A wait for one job's events."""

    def __init__(self, follower: Follower, *ends: asyncio.Future[None]) -> None:
        """Wait until one of `ends` is done, at the latest."""
        self._follower = follower
        self._ends = ends
        for end in ends:
            end.add_done_callback(lambda _: follower.interrupt())

    async def next(self, timeout_s: float) -> Event | WaitResult:
        """Return the next event, or why there is none."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + timeout_s
        event = await self._follower.next(timeout_s)
        if any(end.done() for end in self._ends):
            return WaitResult.OVER
        if event is not None:
            return event
        # The loop's clock is coarse: it may wake us a little early.
        is_early = loop.time() < end_s - 0.01
        return WaitResult.MISSED if is_early else WaitResult.NOTHING_CAME


@asynccontextmanager
async def disconnection(receive: Receive) -> AsyncIterator[asyncio.Future[None]]:
    """Yield a future that is done when the client has left."""

    async def wait() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    gone = asyncio.ensure_future(wait())
    try:
        yield gone
    finally:
        gone.cancel()
        # Whatever it met, a body that came too slowly say, nobody waits for it now.
        await asyncio.gather(gone, return_exceptions=True)
