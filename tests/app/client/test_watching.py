"""A job is followed to its end, whatever breaks on the way."""

import json

import httpx
import pytest

from app import client as c
from tests.app.client.fakes import (
    JOB_ID,
    PROGRESS,
    RESULT,
    Events,
    FakeClock,
    Script,
    answer_with,
    client_of,
    event_stream,
    job_answer,
    job_json,
    problem,
)

DONE = job_json("succeeded", 9, result=RESULT)
NOT_FOUND = problem(404, "not_found")


def event(kind: str, data: object, event_id: str) -> str:
    return f"id: {event_id}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"


STATUS = event("status", {"status": "processing", "revision": 3, "attempt": 1}, "2-0")
STEP = event("progress", {"revision": 4, **PROGRESS}, "3-0")
PREVIEW = event("preview", {"step": 100, "url": "http://x/preview?step=100"}, "4-0")
END = event("done", DONE, "9-0")


def watch(script: Script, clock: FakeClock | None = None) -> list[c.Job]:
    with client_of(script, clock) as client:
        return list(client.watch(JOB_ID))


def test_a_job_that_has_ended_is_told_once() -> None:
    script = Script(job_answer("canceled", 2))
    assert [each.status for each in watch(script)] == ["canceled"]
    assert script.paths == [f"/v1/jobs/{JOB_ID}"]


def test_events_bring_states_progress_and_the_end() -> None:
    script = Script(
        job_answer("queued", 1),
        event_stream(STATUS, STEP + PREVIEW, END),
        job_answer("processing", 3, attempt=1),
    )
    jobs = watch(script)
    assert [(each.status, each.revision) for each in jobs] == [
        ("queued", 1),
        ("processing", 3),
        ("processing", 4),
        ("succeeded", 9),
    ]
    assert jobs[2].progress is not None
    assert jobs[2].progress.loss.total == 6.0
    assert jobs[3].result is not None
    assert script.requests[1].headers["Accept"] == "text/event-stream"


def test_an_event_with_the_whole_job_needs_no_question() -> None:
    whole = event("status", job_json("starting", 2), "1-0")
    script = Script(job_answer("queued", 1), event_stream(whole, END))
    jobs = watch(script)
    assert [each.status for each in jobs] == ["queued", "starting", "succeeded"]


def test_old_news_is_not_told_again() -> None:
    old = event("status", job_json("queued", 1), "1-0")
    script = Script(job_answer("starting", 2), event_stream(old, END))
    assert [each.revision for each in watch(script)] == [2, 9]


@pytest.mark.parametrize("broken", [httpx.ReadError("cut"), None])
def test_a_stream_that_breaks_off_is_taken_up_after_its_last_event(broken) -> None:
    first = (STATUS, STEP) if broken is None else (STATUS, STEP, broken)
    script = Script(
        job_answer("queued", 1),
        event_stream(*first),
        job_answer("processing", 3),
        event_stream(END),
    )
    assert [each.revision for each in watch(script)] == [1, 3, 4, 9]
    assert "Last-Event-ID" not in script.requests[1].headers
    assert script.requests[3].headers["Last-Event-ID"] == "3-0"


def test_a_service_that_restarts_is_waited_for() -> None:
    clock = FakeClock()
    gone = [httpx.ConnectError("refused") for _ in range(20)]
    script = Script(job_answer("queued", 1), *gone, event_stream(END))
    assert [each.revision for each in watch(script, clock)] == [1, 9]
    assert sum(clock.slept_s) == 10


def test_a_service_that_stays_away_is_given_up_after_a_minute() -> None:
    clock = FakeClock()
    gone = [httpx.ConnectError("refused") for _ in range(200)]
    script = Script(job_answer("queued", 1), *gone)
    with pytest.raises(c.UnreachableError, match="no service answers"):
        watch(script, clock)
    assert 60 < clock.time_s < 62


@pytest.mark.parametrize(
    "no_stream", [NOT_FOUND, problem(406, "not_acceptable"), httpx.Response(200)]
)
def test_without_a_stream_the_job_is_asked_for_with_long_questions(no_stream) -> None:
    clock = FakeClock()
    script = Script(
        job_answer("queued", 1),
        no_stream,
        httpx.Response(304, headers={"Retry-After": "2"}),
        job_answer("starting", 2),
        job_answer("succeeded", 9, result=RESULT),
    )
    assert [each.revision for each in watch(script, clock)] == [1, 2, 9]
    question = script.requests[2]
    assert question.headers["If-None-Match"] == 'W/"1"'
    assert question.headers["Prefer"] == "wait=30"
    assert script.requests[4].headers["If-None-Match"] == 'W/"2"'
    assert clock.slept_s == [2.0], "a service that does not wait is not hammered"


def test_a_service_that_holds_the_question_needs_no_pause() -> None:
    clock = FakeClock()

    def wait(request: httpx.Request) -> httpx.Response:
        clock.time_s += 30
        return httpx.Response(304)

    script = Script(job_answer("queued", 1), NOT_FOUND, wait, job_answer("canceled", 2))
    assert [each.revision for each in watch(script, clock)] == [1, 2]
    assert clock.slept_s == []


def test_a_job_that_is_deleted_meanwhile_is_told_as_unknown() -> None:
    script = Script(job_answer("queued", 1), problem(404, "job_not_found"))
    with pytest.raises(c.JobNotFoundError):
        watch(script)


def test_leaving_early_closes_the_stream() -> None:
    body = Events(STEP, END)
    script = Script(job_answer("queued", 1), answer_with(body))
    with client_of(script) as client:
        for job in client.watch(JOB_ID):
            if job.revision == 4:
                break
    assert body.is_closed


def test_events_are_typed_and_those_of_tomorrow_are_left_out() -> None:
    script = Script(
        event_stream(
            event("fanfare", {"loud": True}, "1-0"),
            STATUS,
            event("progress", {"revision": 4, "progress": PROGRESS}, "3-0"),
            event("progress", {"of": "another shape"}, "3-1"),
            PREVIEW,
            event("done", {"status": "failed", "revision": 9}, "9-0"),
        )
    )
    with client_of(script) as client:
        events = list(client.events(JOB_ID))
    assert [type(each) for each in events] == [
        c.StatusEvent,
        c.ProgressEvent,
        c.PreviewEvent,
        c.DoneEvent,
    ]
    status, progress, preview, done = events
    assert isinstance(progress, c.ProgressEvent)
    assert (status.id, progress.progress.step, done.id) == ("2-0", 100, "9-0")
    assert isinstance(preview, c.PreviewEvent)
    assert preview.step == 100


def test_a_busy_service_is_asked_for_the_stream_again() -> None:
    clock = FakeClock()
    busy = problem(503, "broker_unavailable", {"Retry-After": "5"})
    script = Script(job_answer("queued", 1), busy, event_stream(END))
    assert [each.revision for each in watch(script, clock)] == [1, 9]
    assert clock.slept_s == [5.0]
