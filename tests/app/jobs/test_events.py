"""The stream of a job's events, heard without sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.contract.jobs import Preview
from app.contract.ports import LedgerUnavailableError
from app.contract.records.wire import preview_key, result_key
from app.jobs.dependencies import JobDependencies
from app.jobs.stream import StreamRules
from tests.app.conftest import PICTURE, ApiHarness, a_progress, an_outcome
from tests.app.jobs.streams import Heard, Listener, opened


def run(api: ApiHarness, story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with opened(api.app):
            await story()

    asyncio.run(whole())


def listen(api: ApiHarness, job_id: str, query: str = "", **headers: str) -> Listener:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Listener(api.app, f"/v1/jobs/{job_id}/events{query}", sent)


def preview(job_id: str, step: int) -> Preview:
    key = preview_key(job_id, 1, step)
    return Preview(step=step, blob_key=key, width=64, height=48)


def succeed(api: ApiHarness, job_id: str) -> None:
    api.blobs.put(result_key(job_id, 1, "image/png"), PICTURE)
    assert api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))


def rules(api: ApiHarness, **seconds: float) -> None:
    api.change(JobDependencies, stream=StreamRules(**seconds))


def names(heard: list[Heard]) -> list[str]:
    return [each.event for each in heard]


async def begun(listener: Listener) -> Heard:
    """Return the first event; how long to wait before coming again stands before."""
    first = await listener.next()
    assert first is not None
    assert first.retry == "3000"
    event = await listener.next()
    assert event is not None
    return event


def test_a_stream_tells_a_job_from_its_state_to_its_end(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = await asyncio.to_thread(api.queued)
        listener = listen(api, job_id)
        status = await begun(listener)
        assert status.event == "status"
        assert status.data == {
            "id": job_id,
            "status": "queued",
            "revision": 1,
            "attempt": 0,
            "queue": {"position": 0},
            "progress": None,
            "paused_at": None,
            "controls": {
                "revision": 0,
                "applied_revision": 0,
                "applied_step": None,
            },
            "cancel_requested_at": None,
        }
        api.ledger.claim(job_id, "w")
        api.ledger.beat(job_id, 1, a_progress(2.5))
        api.ledger.note_preview(job_id, 1, preview(job_id, 100))
        succeed(api, job_id)
        rest = await listener.rest()
        assert names(rest) == [
            "status",
            "status",
            "progress",
            "preview",
            "status",
            "done",
        ]
        assert [each.data["status"] for each in rest[:2]] == ["starting", "processing"]
        assert rest[2].data["revision"] == 4
        assert rest[2].data["loss"]["total"] == 6.0
        assert rest[3].data == {
            "step": 100,
            "url": f"http://house/v1/jobs/{job_id}/preview?step=100",
        }
        assert rest[4].data["status"] == "succeeded"
        assert rest[5].data["object"] == "job"
        assert rest[5].data["result"]["url"] == f"http://house/v1/jobs/{job_id}/result"
        ids = [tuple(map(int, each.id.split("-"))) for each in rest]
        assert ids == sorted(set(ids))

    run(api, story)


def test_a_stream_is_neither_stored_nor_held_back(api: ApiHarness) -> None:
    async def story() -> None:
        listener = listen(api, api.canceled())
        await listener.started()
        assert listener.status == 200
        assert listener.headers["content-type"].startswith("text/event-stream")
        assert listener.headers["cache-control"] == "no-store"
        assert listener.headers["x-accel-buffering"] == "no"
        await listener.rest()

    run(api, story)


def test_an_ended_job_is_told_at_once(api: ApiHarness) -> None:
    async def story() -> None:
        listener = listen(api, api.failed())
        status = await begun(listener)
        assert status.data["status"] == "failed"
        (done,) = await listener.rest()
        assert done.event == "done"
        assert done.data["error"]["code"] == "out_of_memory"

    run(api, story)


def test_one_who_comes_again_hears_what_was_missed(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running(a_progress(2.5))
        first = await begun(listen(api, job_id))
        api.ledger.beat(job_id, 1, a_progress(2.0))
        api.ledger.beat(job_id, 1, a_progress(1.0))
        for again in (
            listen(api, job_id, Last_Event_ID=first.id),
            listen(api, job_id, query=f"?last_event_id={first.id}"),
        ):
            missed = [await begun(again), await again.next()]
            assert [each and each.event for each in missed] == ["progress", "progress"]
            assert [each and each.data["eta_seconds"] for each in missed] == [2.0, 1.0]
            await again.leave()

    run(api, story)


def test_a_missed_end_is_heard(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running()
        before = await begun(listen(api, job_id))
        succeed(api, job_id)
        again = listen(api, job_id, Last_Event_ID=before.id)
        heard = [await begun(again), *await again.rest()]
        assert names(heard) == ["status", "done"]
        for last_id in (heard[0].id, heard[1].id):
            rest = await listen(api, job_id, Last_Event_ID=last_id).rest()
            assert rest[-1].event == "done"
            assert rest[-1].data["status"] == "succeeded"

    run(api, story)


@pytest.mark.parametrize("last_id", ["17-0", "0-0", "nonsense", "ü", "1" * 500])
def test_an_id_that_is_gone_gives_the_present_state(
    api: ApiHarness, last_id: str
) -> None:
    async def story() -> None:
        listener = listen(api, api.running(a_progress(2.5)), Last_Event_ID=last_id)
        status = await begun(listener)
        assert status.event == "status"
        assert status.data["progress"]["eta_seconds"] == 2.5
        await listener.leave()

    run(api, story)


@pytest.mark.parametrize("job_id", ["job_" + "0" * 32, "x"])
def test_an_unknown_job_has_no_stream(api: ApiHarness, job_id: str) -> None:
    answer = api.client.get(f"/v1/jobs/{job_id}/events")
    assert answer.status_code == 404
    assert answer.json()["code"] == "job_not_found"


def test_one_who_leaves_is_followed_no_more(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running()
        listener = listen(api, job_id)
        await begun(listener)
        assert followers_of(api, job_id) == 1
        await listener.leave()
        assert followers_of(api, job_id) == 0

    run(api, story)


def test_a_refused_stream_is_followed_no_more(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = "job_" + "0" * 32
        listener = listen(api, job_id)
        await listener.started()
        assert listener.status == 404
        assert followers_of(api, job_id) == 0

    run(api, story)


def test_head_has_the_head_of_the_stream_and_an_end(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running()
        listener = listen(api, job_id, **{":method": "HEAD"})
        await listener.started()
        assert listener.headers["content-type"].startswith("text/event-stream")
        assert await listener.rest() == []
        assert followers_of(api, job_id) == 0

    run(api, story)


def test_silence_is_broken_by_comments(api: ApiHarness) -> None:
    rules(api, keep_alive_s=0.02)

    async def story() -> None:
        listener = listen(api, api.running())
        await begun(listener)
        for _ in range(3):
            comment = await listener.next()
            assert comment is not None
            assert comment.comment
            assert (comment.event, comment.data, comment.id) == ("", None, "")
        await listener.leave()

    run(api, story)


def test_a_stream_does_not_live_for_ever(api: ApiHarness) -> None:
    rules(api, life_s=0.05)

    async def story() -> None:
        listener = listen(api, api.running())
        await begun(listener)
        assert names(await listener.rest()) == [""], "nothing but a comment"

    run(api, story)


def test_a_server_that_stops_ends_its_streams(api: ApiHarness) -> None:
    async def story() -> None:
        listener = listen(api, api.running())
        await begun(listener)
        api.service(JobDependencies).closing.set()
        assert await listener.rest() == []

    run(api, story)


def test_one_who_missed_events_hears_how_the_job_stands(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running(a_progress(2.5))
        listener = listen(api, job_id)
        await begun(listener)
        silence(api)
        succeed(api, job_id)
        api.ledger.feed._followers.interrupt()
        assert names(await listener.rest()) == ["status", "done"]

    run(api, story)


def test_an_end_that_could_not_be_read_is_told_later(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.stream.RELOOK_S", 0.02)

    async def story() -> None:
        job_id = api.running(a_progress(2.5))
        listener = listen(api, job_id)
        await begun(listener)
        with pytest.MonkeyPatch.context() as outage:
            outage.setattr(api.ledger, "get", refuse)
            succeed_quietly(api, job_id)
            for _ in range(2):  # the last state and the end, neither of them readable
                comment = await listener.next()
                assert comment is not None
                assert comment.comment
        rest = [each for each in await listener.rest() if not each.comment]
        assert names(rest) == ["status", "done"]

    run(api, story)


def test_a_deleted_job_has_no_more_to_tell(api: ApiHarness) -> None:
    async def story() -> None:
        job_id = api.running(a_progress(2.5))
        listener = listen(api, job_id)
        await begun(listener)
        silence(api)
        succeed(api, job_id)
        api.ledger.delete(job_id)
        api.ledger.feed._followers.interrupt()
        assert await listener.rest() == []

    run(api, story)


def followers_of(api: ApiHarness, job_id: str) -> int:
    return len(api.ledger.feed._followers._of_job.get(job_id, ()))


def silence(api: ApiHarness) -> None:
    """Let nobody hear what happens until the followers are interrupted."""
    api.ledger.feed.emit = lambda *_: None


def refuse(job_id: str) -> Any:
    raise LedgerUnavailableError("the fake is down")


def succeed_quietly(api: ApiHarness, job_id: str) -> None:
    """Let the job succeed while the ledger answers no question."""
    assert api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))
