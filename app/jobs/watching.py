"""Looking at a job until something has become of it: the long poll."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive

from app.contract.jobs import Job, is_job_id
from app.contract.messages.events import Event
from app.contract.ports import Feed, JobNotFoundError
from app.http.access.callers import Caller, require_own
from app.http.edge.closing import Closing
from app.jobs.event_wait import EventWait, WaitResult, disconnection
from app.jobs.job_cache import JobCache, JobSnapshot

#: While the feed is silent nobody tells us; so we look ourselves.
RELOOK_S = 2.0


async def find_snapshot(
    job_cache: JobCache, job_id: str, caller: Caller, at_least: int = 0
) -> JobSnapshot:
    """Return how the caller's job stands, or raise JobNotFoundError.

    The same rules as `find_job`'s, from the cache.
    """
    if not is_job_id(job_id):
        raise JobNotFoundError(job_id)
    snapshot = await job_cache.look(job_id, at_least)
    require_own(snapshot.job, caller)
    return snapshot


@dataclass(frozen=True, kw_only=True)
class LongPoll:
    """Waits in one client's name."""

    job_cache: JobCache
    feed: Feed
    closing: Closing
    caller: Caller

    async def wait(
        self,
        job_id: str,
        is_enough: Callable[[Job], bool],
        wait_s: float,
        receive: Receive,
    ) -> JobSnapshot:
        """Return how the job stands when it is enough, or when time is up.

        It also returns when the client has left or the server stops.
        """
        end_s = time.monotonic() + wait_s
        # Followed first, looked at then: nothing can happen in between unheard.
        with self.feed.follow(job_id) as follower, self.closing.told() as closing:
            async with disconnection(receive) as gone:
                event_wait = EventWait(follower, closing, gone)
                snapshot = await find_snapshot(self.job_cache, job_id, self.caller)
                while not is_enough(snapshot.job) and time.monotonic() < end_s:
                    wait_result = await event_wait.next(self._pause_s(end_s))
                    if wait_result is WaitResult.OVER:
                        break
                    snapshot = await self._look_again(job_id, wait_result)
        return snapshot

    def _pause_s(self, end_s: float) -> float:
        left_s = max(0.0, end_s - time.monotonic())
        return left_s if self.feed.is_live else min(left_s, RELOOK_S)

    async def _look_again(
        self, job_id: str, wait_result: Event | WaitResult
    ) -> JobSnapshot:
        if wait_result is WaitResult.MISSED:
            self.job_cache.drop(job_id)
        at_least = revision_of(wait_result) if isinstance(wait_result, Event) else 0
        return await find_snapshot(self.job_cache, job_id, self.caller, at_least)


def revision_of(event: Event) -> int:
    """Return the job's revision after what the event tells."""
    revision = event.data.get("revision")
    return revision if isinstance(revision, int) else 0
