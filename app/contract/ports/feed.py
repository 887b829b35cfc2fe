"""The feed: what happens to jobs, told to those who wait for it."""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import NamedTuple, Protocol

from app.contract.messages.events import Event


class History(NamedTuple):
    """Events of the past.

    Attributes:
        events: in order.
        last_id: of the stream's newest event; `0-0` if there is none.
        is_complete: whether nothing between is missing; False if the id that was
            asked for is not kept any more.
    """

    events: list[Event]
    last_id: str
    is_complete: bool


class Follower(Protocol):
    """One who waits for events; belongs to the event loop."""

    async def next(self, timeout_s: float) -> Event | None:
        """Return the next event, or None if nothing happened in time.

        None is also the answer when events may have been missed: look at the job.
        """

    def interrupt(self) -> None:
        """Let `next` return None at once; events that wait are forgotten."""


class Feed(Protocol):
    """Tells what happens, without asking the ledger again and again."""

    def history(self, job_id: str, after: str | None) -> History:
        """Return what happened after the event `after`; for None nothing, but its end.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
        """

    def follow(self, job_id: str | None) -> AbstractContextManager[Follower]:
        """Follow one job, or all of them, from now on; use it in the event loop."""

    @property
    def is_live(self) -> bool:
        """Whether events arrive: else a follower may miss them for a while."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Listen as long as the block is entered; the application does so once."""
