"""Following one job to its end: by its events, and by asking where there are none."""

from app.client.calls import Call, path_of
from app.client.errors import UnreachableError, retry_after_s
from app.client.events import (
    AWAY_S,
    PAUSE_S,
    DoneEvent,
    Event,
    JobEvents,
    NoEventStreamError,
    ProgressEvent,
    StatusEvent,
)
from app.client.flows import Emit, Flow, Now, Sleep, Stream, exchange
from app.client.operations.records import job as get_job
from app.client.shapes import Job, read

#: How long one question may stay open until something changes.
LONG_POLL_S = 30
_NOT_MODIFIED = 304


def events(job_id: str) -> Stream[Event]:
    """Yield what happens to the job: its present state first, `DoneEvent` last.

    A connection that ends or breaks is taken up where it broke off.

    Raises:
        NoEventStreamError: The service has no streams of events; `watch` does without.
        ClientError: The job is unknown, or the service was away for too long.
    """
    stream = JobEvents(job_id)
    while True:
        event = yield from stream.next()
        yield Emit(event)
        if isinstance(event, DoneEvent):
            return


def watch(job_id: str) -> Stream[Job]:
    """Yield the job as it is, then at every change, the last time in its final state.

    A service that is away for a moment is asked again.

    Raises:
        ClientError: The job is unknown, or the service was away for too long.
    """
    job = yield from get_job(job_id)
    yield Emit(job)
    if job.is_final:
        return
    try:
        yield from _by_events(job)
    except NoEventStreamError:
        yield from _by_questions(job)


def _by_events(job: Job) -> Stream[Job]:
    stream = JobEvents(job.id)
    while not job.is_final:
        event = yield from stream.next()
        news = yield from _after(job, event)
        if news is not None and (news.revision > job.revision or news.is_final):
            job = news
            yield Emit(job)


def _after(job: Job, event: Event) -> Flow[Job | None]:
    """Return the job after an event; None if that changes nothing of it."""
    match event:
        case StatusEvent(job=Job() as told) | DoneEvent(job=Job() as told):
            return told
        case StatusEvent(revision=revision) if revision <= job.revision:
            return None
        case StatusEvent() | DoneEvent():
            return (yield from get_job(job.id))
        case ProgressEvent(progress=progress, revision=revision):
            return job.model_copy(
                update={
                    "progress": progress,
                    "revision": job.revision + 1 if revision is None else revision,
                }
            )
    return None


def _by_questions(job: Job) -> Stream[Job]:
    heard_s: float = yield Now()
    while not job.is_final:
        began_s: float = yield Now()
        try:
            news, pause_s = yield from _ask(job)
        except UnreachableError:
            now_s: float = yield Now()
            if now_s - heard_s > AWAY_S:
                raise
            yield Sleep(PAUSE_S)
            continue
        heard_s = yield Now()
        if news is not None:
            job = news
            yield Emit(job)
        # A service that holds the question open needs no pause after it.
        elif heard_s - began_s < PAUSE_S:
            yield Sleep(pause_s)


def _ask(job: Job) -> Flow[tuple[Job | None, float]]:
    """Return the job, None if it has not changed, and when to ask again."""
    call = Call(
        method="GET",
        path=path_of("jobs", job.id),
        headers={
            "If-None-Match": f'W/"{job.revision}"',
            "Prefer": f"wait={LONG_POLL_S}",
        },
        accepts=frozenset({_NOT_MODIFIED}),
        wait_s=LONG_POLL_S,
    )
    response = yield from exchange(call)
    if response.status_code == _NOT_MODIFIED:
        return None, retry_after_s(response) or PAUSE_S
    return read(Job, response), PAUSE_S
