"""Knows how jobs stand, so that a thousand who ask cost the ledger one question.

A snapshot is kept only while the feed tells of every change, and never for long: what
no event tells of (a place in the queue, a picture's end) is a second late at most.
Knows no HTTP; a snapshot carries what others make of it.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from anyio.to_thread import run_sync

from app.contract.jobs import Job
from app.contract.ports import Feed, Ledger
from app.contract.views.job_parts import QueueView

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Clients reach a service by few names; one who invents names fills no memory.
_MOST_FORMS = 8
#: The watcher looks up so often although nothing happens.
_IDLE_S = 60.0


@dataclass(frozen=True)
class JobSnapshot:
    """A job as the ledger told it, and what was made of it for those who asked."""

    job: Job
    #: Of a monotonic clock, when the question began.
    asked_at_s: float
    #: How it waits, if that is known.
    queue: QueueView | None = None
    _forms: dict[Hashable, object] = field(default_factory=dict)

    def form(self, key: Hashable, make: Callable[[Job], T]) -> T:
        """Return what `make` makes of the job; made once a key.

        Args:
            key: A key belongs to one `make`: its values are all of one type.
            make: A function of the job and the key alone.
        """
        if key in self._forms:
            # The type follows from the key, which no type can say.
            return self._forms[key]  # type: ignore[return-value]
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        made = make(self.job)
        self._forms[key] = made
        return made


class JobCache:
    """Looks at jobs for many at once; use it in the event loop."""

    def __init__(
        self,
        ledger: Ledger,
        feed: Feed,
        *,
        queue_of: Callable[[Job], QueueView | None] = lambda _: None,
        max_age_s: float = 1.0,
        most_snapshots: int = 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._feed = feed
        self._queue_of = queue_of
        self._max_age_s = max_age_s
        self._most_snapshots = most_snapshots
        self._clock = clock
        self._is_watching = False
        self._snapshots: OrderedDict[str, JobSnapshot] = OrderedDict()
        self._questions: dict[str, asyncio.Task[JobSnapshot]] = {}

    async def look(self, job_id: str, at_least: int = 0) -> JobSnapshot:
        """Return how the job stands.

        Args:
            job_id: The job's.
            at_least: A revision that the caller has heard of: older snapshots will not
                do.

        Raises:
            JobNotFoundError: The ledger has no such job.
            LedgerUnavailableError: It does not answer.
        """
        snapshot = self._snapshots.get(job_id)
        if snapshot is not None and self._is_fresh(snapshot):
            if snapshot.job.revision >= at_least:
                return snapshot
            self.drop(job_id)
        if not self._is_watching:
            return await self._ask(job_id)
        snapshot = await self._ask_together(job_id)
        if snapshot.job.revision < at_least:
            # Asked before the change, by another: this question comes after it.
            self.drop(job_id)
            snapshot = await self._ask_together(job_id)
        return snapshot

    def drop(self, job_id: str) -> None:
        """Forget the job, and answers under way: something has happened to it."""
        self._snapshots.pop(job_id, None)
        self._questions.pop(job_id, None)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Keep snapshots while the block is entered; the feed must be listening."""
        watcher = asyncio.create_task(self._watch())
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
            self._forget_all()

    async def _watch(self) -> None:
        try:
            with self._feed.follow(None) as follower:
                while True:
                    event = await follower.next(_IDLE_S)
                    if event is None:  # Some may have been missed.
                        self._forget_all()
                    else:
                        self.drop(event.job_id)
        # A fault of ours: what nobody watches must not be kept.
        except Exception:  # noqa: BLE001
            _log.exception("the cache follows no more")
            self._is_watching = False
            self._forget_all()

    def _is_fresh(self, snapshot: JobSnapshot) -> bool:
        age_s = self._clock() - snapshot.asked_at_s
        return age_s <= self._max_age_s and self._is_watching and self._feed.is_live

    async def _ask_together(self, job_id: str) -> JobSnapshot:
        """Ask the ledger, or wait with those who ask already."""
        question = self._questions.get(job_id)
        if question is None:
            question = asyncio.create_task(self._ask(job_id))
            self._questions[job_id] = question
            question.add_done_callback(partial(self._keep, job_id))
        # One who leaves must not take the answer away from the others.
        return await asyncio.shield(question)

    async def _ask(self, job_id: str) -> JobSnapshot:
        asked_at_s = self._clock()

        def look() -> JobSnapshot:
            job = self._ledger.get(job_id)
            return JobSnapshot(job, asked_at_s, self._queue_of(job))

        return await run_sync(look)

    def _keep(self, job_id: str, question: asyncio.Task[JobSnapshot]) -> None:
        failed = question.cancelled() or question.exception() is not None
        if self._questions.get(job_id) is not question:
            return  # Something has happened since.
        del self._questions[job_id]
        if not failed:
            self._snapshots[job_id] = question.result()
            self._snapshots.move_to_end(job_id)
            while len(self._snapshots) > self._most_snapshots:
                self._snapshots.popitem(last=False)

    def _forget_all(self) -> None:
        self._snapshots.clear()
        self._questions.clear()
