"""The feed: every event reaches those who follow."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from app.contract.messages.events import Event, EventKind
from app.stores.connections import connect
from app.stores.feed import RedisFeed
from app.stores.followers import Followers
from tests.ledgers import ScratchLedger
from tests.stores.harness import RULES
from tests.stores.new_jobs import new_job, outcome, progress


@pytest.fixture
def pair() -> tuple[ScratchLedger, RedisFeed]:
    ledger = ScratchLedger(RULES)
    return ledger, ledger.feed


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def next_event(follower: Any) -> Event:
    """Return the next event; an interruption at the start is passed over."""
    for _ in range(2):
        event = await follower.next(3.0)
        if event is not None:
            return event
    raise AssertionError("no event came")


def live(ledger: Any) -> str:
    submitted_job = new_job()
    ledger.create(submitted_job)
    ledger.claim(submitted_job.id, submitted_job.id)
    ledger.beat(submitted_job.id, 1, progress(1))
    ledger.succeed(submitted_job.id, 1, outcome())
    return submitted_job.id


def test_follower_hears_of_its_own_job_only(pair: Any) -> None:
    ledger, feed = pair

    async def scene() -> None:
        mine, other = new_job(), new_job()
        async with feed.listening():
            await until(lambda: feed.is_live)
            with feed.follow(mine.id) as follower:
                await asyncio.to_thread(ledger.create, other)
                await asyncio.to_thread(ledger.create, mine)
                event = await next_event(follower)
                assert (event.job_id, event.kind) == (mine.id, EventKind.STATUS)
                assert event.data["status"] == "queued"
                assert await follower.next(0.2) is None

    asyncio.run(scene())


def test_follower_of_all_hears_everything_as_the_history_tells_it(pair: Any) -> None:
    ledger, feed = pair

    async def scene() -> None:
        async with feed.listening():
            await until(lambda: feed.is_live)
            with feed.follow(None) as follower:
                job_id = await asyncio.to_thread(live, ledger)
                heard = [await next_event(follower)]
                while heard[-1].kind is not EventKind.DONE:
                    heard.append(await next_event(follower))
        assert feed.history(job_id, heard[0].id).events == heard[1:]

    asyncio.run(scene())
    assert not feed.is_live


def test_lost_redis_interrupts_those_who_follow(tmp_path: Any) -> None:
    feed = RedisFeed(connect(f"unix://{tmp_path}/nobody.sock"))

    async def scene() -> None:
        async with feed.listening():
            with feed.follow("job_1") as follower:
                assert await follower.next(0.1) is None
            assert not feed.is_live

    asyncio.run(scene())


def test_one_who_is_far_behind_is_told_to_look_again() -> None:
    async def scene() -> None:
        followers = Followers()
        with followers.follow("job_1") as follower:
            event = Event("1-0", "job_1", EventKind.PROGRESS, {})
            followers.tell([event] * 10_000)
            seen = [await follower.next(0.1)]
            while seen[-1] is not None:
                seen.append(await follower.next(0.1))
        assert len(seen) < 1000
        followers.tell([event])

    asyncio.run(scene())


def test_follower_that_is_interrupted_waits_no_more() -> None:
    async def scene() -> None:
        followers = Followers()
        with followers.follow("job_1") as follower:
            waiting = asyncio.create_task(follower.next(60))
            await asyncio.sleep(0)
            follower.interrupt()
            assert await asyncio.wait_for(waiting, 1) is None
            event = Event("1-0", "job_1", EventKind.PROGRESS, {})
            followers.tell([event])
            assert await follower.next(1) == event, "and hears what comes later"

    asyncio.run(scene())


def test_follower_that_stops_waiting_misses_nothing() -> None:
    async def scene() -> None:
        followers = Followers()
        with followers.follow("job_1") as follower:
            waiting = asyncio.create_task(follower.next(60))
            await asyncio.sleep(0)
            event = Event("1-0", "job_1", EventKind.PROGRESS, {})
            followers.tell([event])
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting
            assert await follower.next(0.1) == event

    asyncio.run(scene())
