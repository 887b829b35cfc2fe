"""The events of one job as a client hears them, from the first to `done`.

Nothing is lost between a look and a listening: the job is followed first, then the
past and the job are looked at together, and what comes twice is said once. One who
missed events hears how the job stands instead. Knows no HTTP and no wire format.
"""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from app.contract.jobs import Job
from app.contract.messages.events import Event, EventKind, event_sort_key
from app.contract.ports import (
    Feed,
    Follower,
    History,
    JobNotFoundError,
    Ledger,
    LedgerUnavailableError,
)
from app.http.access.callers import Caller
from app.http.edge.closing import Closing
from app.jobs.event_serializer import EventSerializer, ServerEvent
from app.jobs.event_wait import EventWait, WaitResult
from app.jobs.fetch import find_job
from app.jobs.job_cache import JobCache
from app.jobs.watching import RELOOK_S, revision_of


@dataclass(frozen=True, kw_only=True)
class StreamRules:
    """How long a stream lives, and how often it shows that it does, in seconds."""

    life_s: float = 600.0
    keep_alive_s: float = 15.0


@dataclass(frozen=True)
class Opening:
    """What is known when a stream begins: the past, and the job just after it."""

    history: History
    job: Job


def look_back(
    ledger: Ledger, feed: Feed, job_id: str, caller: Caller, after: str | None
) -> Opening:
    """Return the past since the event `after`, and the job; follow the job before.

    Raises:
        JobNotFoundError: The caller has no such job.
        LedgerUnavailableError: The ledger does not answer.
    """
    find_job(ledger, job_id, caller)  # May they know the job's past at all?
    history = feed.history(job_id, after)
    return Opening(history, find_job(ledger, job_id, caller))


@dataclass(kw_only=True)
class JobStream:
    """Tells one client of one job.

    Attributes:
        job_cache: To look at the job.
        feed: Says whether news arrives.
        closing: Ends the stream when the server stops.
        serializer: Puts events into words.
        rules: How long it lives.
    """

    job_cache: JobCache
    feed: Feed
    closing: Closing
    serializer: EventSerializer
    rules: StreamRules
    #: Of what was said: older news is no news.
    _revision: int = field(default=-1, init=False)
    #: Of the last event that was heard.
    _last_id: str = field(default="0-0", init=False)
    #: Whether something happened that could not be looked at.
    _is_behind: bool = field(default=False, init=False)

    async def tell(
        self, opening: Opening, after: str | None, follower: Follower
    ) -> AsyncGenerator[ServerEvent | None, None]:
        """Yield what the client is to hear; None: nothing, but the stream lives.

        Args:
            opening: See `look_back`.
            after: The event that the client heard last, if it says so.
            follower: Follows the job since before the opening.
        """
        end_s = time.monotonic() + self.rules.life_s
        news: list[ServerEvent | None] = [*self._begin(opening, after)]
        with self.closing.told() as closing:
            event_wait = EventWait(follower, closing)
            while True:
                for sse in news:
                    yield sse
                    if sse is not None and sse.kind is EventKind.DONE:
                        return
                if (left_s := end_s - time.monotonic()) <= 0:
                    return
                wait_result = await event_wait.next(self._pause_s(left_s))
                if wait_result is WaitResult.OVER:
                    return
                try:
                    news = await self._hear(wait_result)
                except JobNotFoundError:
                    return  # Deleted: there is no more to tell.

    def _pause_s(self, left_s: float) -> float:
        is_safe = self.feed.is_live and not self._is_behind
        return min(left_s, self.rules.keep_alive_s if is_safe else RELOOK_S)

    def _begin(self, opening: Opening, after: str | None) -> list[ServerEvent]:
        """Return what happened since `after`, or how the job stands if none can say."""
        history, job = opening.history, opening.job
        self._last_id = history.last_id
        if after is None or not history.is_complete:
            return self._present(job)
        sse = [self.serializer.event(event, job) for event in history.events]
        self._revision = max(map(revision_of, history.events), default=-1)
        if any(each.kind is EventKind.DONE for each in sse):
            return sse
        # One who has heard the end already hears it again: better than silence.
        return sse + self._present(job) if job.status.is_final else sse

    def _present(self, job: Job) -> list[ServerEvent]:
        """Return how the job stands, and its end if that has come."""
        self._revision = max(self._revision, job.revision)
        sse = [self.serializer.status(job, self._last_id)]
        if job.status.is_final:
            sse.append(self.serializer.done(job, self._last_id))
        return sse

    async def _hear(self, wait_result: Event | WaitResult) -> list[ServerEvent | None]:
        try:
            if isinstance(wait_result, Event):
                return [*await self._live(wait_result)]
            return [*await self._look_again(wait_result)] or [None]
        except LedgerUnavailableError:
            # A stream that broke off would be refused when it came again.
            self._is_behind = True
            return [None]

    async def _live(self, event: Event) -> list[ServerEvent]:
        """Return what an event gives to say: nothing if it was said already."""
        if event_sort_key(event.id) <= event_sort_key(self._last_id):
            return []
        revision = revision_of(event)
        is_done = event.kind is EventKind.DONE
        if revision <= self._revision and not is_done:
            return []
        job = None
        if is_done or event.kind is EventKind.STATUS:
            job = (await self.job_cache.look(self.serializer.job_id, revision)).job
        self._last_id = event.id
        self._revision = max(self._revision, revision)
        return [self.serializer.event(event, job)]

    async def _look_again(self, wait_result: WaitResult) -> list[ServerEvent]:
        """Return how the job stands, if that may be news."""
        if wait_result is WaitResult.MISSED or self._is_behind:
            self.job_cache.drop(self.serializer.job_id)
        elif self.feed.is_live:
            return []
        job = (await self.job_cache.look(self.serializer.job_id)).job
        is_news = job.revision > self._revision or job.status.is_final
        self._is_behind = False
        return self._present(job) if is_news else []
