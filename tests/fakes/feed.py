"""A feed whose events a test makes up."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from app.contract.messages.events import Event, EventKind
from app.contract.ports import Follower, History
from app.stores.followers import Followers


class MemoryFeed:
    """Implements the `Feed` port for who follows from now on: it keeps nothing."""

    def __init__(self) -> None:
        self.followers = Followers()
        self.is_live = False

    def emit(self, job_id: str, kind: EventKind) -> None:
        """Tell the followers of a job that something happened to it."""
        self.followers.tell([Event("1-0", job_id, kind, {})])

    def history(self, job_id: str, after: str | None) -> History:
        """Return nothing but an end."""
        return History([], "0-0", is_complete=after is None)

    @contextmanager
    def follow(self, job_id: str | None) -> Iterator[Follower]:
        """Follow one job, or all of them, from now on."""
        with self.followers.follow(job_id) as follower:
            yield follower

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Be live as long as the block is entered."""
        self.is_live = True
        yield
        self.is_live = False
