"""The cache: when a snapshot is good enough, and who pays for a new one."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from app.contract.jobs import Job, JobStatus
from app.contract.messages.events import EventKind
from app.contract.ports import JobNotFoundError
from app.jobs.job_cache import JobCache
from tests.fakes import MemoryFeed
from tests.stores.new_jobs import new_job

JOB = "job_" + "1" * 32


class CountingLedger:
    """Answers with a job whose revision is how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = threading.Event()
        self.gate.set()
        self.is_there = True

    def get(self, job_id: str) -> Any:
        self.asked += 1
        revision = self.asked
        assert self.gate.wait(5)
        if not self.is_there:
            raise JobNotFoundError(job_id)
        return a_job(job_id, revision)


class CacheHarness:
    """A cache over fakes."""

    def __init__(self, feed: MemoryFeed | None = None, **options: Any) -> None:
        self.now_s = 0.0
        self.ledger = CountingLedger()
        self.feed = feed or MemoryFeed()
        self.job_cache = JobCache(
            self.ledger,  # type: ignore[arg-type]  # only `get` is asked for
            self.feed,
            clock=lambda: self.now_s,
            **options,
        )

    def keep(self, story: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with self.feed.listening(), self.job_cache.watching():
                await asyncio.sleep(0)  # the watcher follows
                await story()

        asyncio.run(whole())

    async def revision(self, job_id: str = JOB, at_least: int = 0) -> int:
        return int((await self.job_cache.look(job_id, at_least)).job.revision)

    async def happens(self, job_id: str = JOB) -> None:
        self.feed.emit(job_id, EventKind.STATUS)
        await asyncio.sleep(0.02)


def test_a_snapshot_is_kept_until_something_happens_to_the_job() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        assert [await cache_harness.revision() for _ in range(3)] == [1, 1, 1]
        await cache_harness.happens("job_" + "2" * 32)
        assert await cache_harness.revision() == 1
        await cache_harness.happens()
        assert [await cache_harness.revision() for _ in range(2)] == [2, 2]

    cache_harness.keep(story)


def test_a_snapshot_is_kept_for_a_second_at_most() -> None:
    cache_harness = CacheHarness(max_age_s=1.0)

    async def story() -> None:
        assert await cache_harness.revision() == 1
        cache_harness.now_s = 1.0
        assert await cache_harness.revision() == 1
        cache_harness.now_s = 1.01
        assert await cache_harness.revision() == 2

    cache_harness.keep(story)


def test_age_counts_from_the_question_not_from_the_answer() -> None:
    cache_harness = CacheHarness(max_age_s=1.0)

    async def story() -> None:
        cache_harness.ledger.gate.clear()
        slow = asyncio.create_task(cache_harness.revision())
        await asyncio.sleep(0.02)
        cache_harness.now_s = 5.0
        cache_harness.ledger.gate.set()
        assert await slow == 1
        assert await cache_harness.revision() == 2

    cache_harness.keep(story)


def test_without_news_nothing_is_kept() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        assert await cache_harness.revision() == 1
        cache_harness.feed.is_live = False  # interrupted
        assert [await cache_harness.revision() for _ in range(2)] == [2, 3]

    cache_harness.keep(story)

    async def before_the_watch() -> None:
        assert [await cache_harness.revision() for _ in range(2)] == [4, 5]

    asyncio.run(before_the_watch())


def test_without_a_watcher_nothing_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryFeed):
        @contextlib.contextmanager
        def follow(self, job_id: str | None) -> Iterator[Any]:
            raise ZeroDivisionError
            yield

    cache_harness = CacheHarness(feed=Broken())

    async def story() -> None:
        assert [await cache_harness.revision() for _ in range(2)] == [1, 2]

    cache_harness.keep(story)
    assert "ZeroDivisionError" in caplog.text


def test_missed_events_cost_all_snapshots() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        assert await cache_harness.revision() == 1
        cache_harness.feed.followers.interrupt()
        await asyncio.sleep(0.02)
        assert await cache_harness.revision() == 2

    cache_harness.keep(story)


def test_many_who_ask_at_once_share_a_question() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        cache_harness.ledger.gate.clear()
        askers = [asyncio.create_task(cache_harness.revision()) for _ in range(50)]
        await asyncio.sleep(0.02)
        cache_harness.ledger.gate.set()
        assert await asyncio.gather(*askers) == [1] * 50

    cache_harness.keep(story)
    assert cache_harness.ledger.asked == 1


def test_one_who_leaves_takes_no_answer_away() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        cache_harness.ledger.gate.clear()
        first, second = (
            asyncio.create_task(cache_harness.revision()) for _ in range(2)
        )
        await asyncio.sleep(0.02)
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
        cache_harness.ledger.gate.set()
        assert await second == 1

    cache_harness.keep(story)


def test_an_answer_that_was_overtaken_is_not_kept() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        cache_harness.ledger.gate.clear()
        early = asyncio.create_task(cache_harness.revision())
        await asyncio.sleep(0.02)
        await cache_harness.happens()
        late = asyncio.create_task(cache_harness.revision())
        await asyncio.sleep(0.02)
        cache_harness.ledger.gate.set()
        assert await early == 1
        assert await late == 2, "asked after the event"
        assert await cache_harness.revision() == 2

    cache_harness.keep(story)


def test_own_changes_are_seen_before_the_feed_tells_of_them() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        assert await cache_harness.revision() == 1
        cache_harness.job_cache.drop(JOB)
        assert await cache_harness.revision() == 2

    cache_harness.keep(story)


def test_one_who_heard_of_a_revision_sees_it() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        assert await cache_harness.revision() == 1
        assert await cache_harness.revision(at_least=2) == 2
        assert await cache_harness.revision(at_least=2) == 2

    cache_harness.keep(story)


def test_a_question_from_before_the_news_will_not_do() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        cache_harness.ledger.gate.clear()
        early = asyncio.create_task(cache_harness.revision())
        await asyncio.sleep(0.02)
        late = asyncio.create_task(cache_harness.revision(at_least=2))
        await asyncio.sleep(0.02)
        cache_harness.ledger.gate.set()
        assert (await early, await late) == (1, 2)

    cache_harness.keep(story)


def test_a_job_that_is_not_there_is_asked_for_again() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        cache_harness.ledger.is_there = False
        for _ in range(2):
            with pytest.raises(JobNotFoundError):
                await cache_harness.revision()
        cache_harness.ledger.is_there = True
        assert await cache_harness.revision() == 3

    cache_harness.keep(story)


def test_only_so_many_snapshots_are_kept() -> None:
    cache_harness = CacheHarness(most_snapshots=2)
    first, second, third = (f"job_{n:032x}" for n in range(3))

    async def story() -> None:
        for job_id in (first, second, third):
            await cache_harness.revision(job_id)
        assert await cache_harness.revision(third) == 3
        assert await cache_harness.revision(first) == 4, "the oldest had to go"

    cache_harness.keep(story)


def test_what_was_made_of_a_snapshot_is_made_once() -> None:
    cache_harness = CacheHarness()
    made = []

    def make(job: Job) -> str:
        made.append(job)
        return job.id

    async def story() -> None:
        for key in ("a", "b", "a"):
            snapshot = await cache_harness.job_cache.look(JOB)
            assert snapshot.form(key, make) == JOB
        assert len(made) == 2

    cache_harness.keep(story)


def test_one_who_invents_names_fills_no_memory() -> None:
    cache_harness = CacheHarness()

    async def story() -> None:
        snapshot = await cache_harness.job_cache.look(JOB)
        for number in range(1000):
            snapshot.form(number, lambda job: job.id)
        assert len(snapshot._forms) <= 8

    cache_harness.keep(story)


def a_job(job_id: str, revision: int) -> Job:
    return Job(
        **{**new_job().model_dump(), "id": job_id},
        status=JobStatus.PROCESSING,
        revision=revision,
        attempt=1,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
