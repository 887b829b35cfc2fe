"""How a submission is answered: at once or when the job has ended; as JSON or paint."""

from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response

from app.contract.artifacts import Artifact
from app.contract.jobs import Job
from app.http.callers import Caller
from app.http.links import links_of
from app.http.negotiation import accepts, preferred
from app.http.preferences import WaitPreference
from app.jobs.answers import JSON, REVALIDATE, job_response
from app.jobs.darkroom import PictureFormat, Print
from app.jobs.desk import Desk
from app.jobs.fetch import read_picture, require_result
from app.jobs.watching import LongPoll
from app.problems import ProblemCode, ProblemError
from app.submissions.wishes import Wishes

#: JSON comes first: it is answered to those who like a picture no better.
_FORMATS = {each.media_type: each for each in PictureFormat}
_OFFERED = (JSON, *_FORMATS)


def require_acceptable(headers: Headers) -> None:
    """Refuse before the body is read what could not be answered.

    Raises:
        ProblemError: `not_acceptable`.
    """
    if preferred(headers.get("accept"), _OFFERED) is None:
        detail = f"Answers are {', '.join(_OFFERED)}; Accept admits none of them."
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail)


async def respond(
    request: Request,
    desk: Desk,
    caller: Caller,
    job: Job,
    wishes: Wishes,
    *,
    is_replay: bool = False,
) -> Response:
    """Return the answer to a submission whose job is recorded.

    200 if the job has ended within the wait or was reused, 202 otherwise.

    Raises:
        ProblemError: The client takes nothing but a picture and the job has none.
    """
    is_granted = job.status.is_final
    if wishes.wait is not None and not is_granted:
        job, is_granted = await _wait(request, desk, caller, job, wishes.wait)
    is_done = job.status.is_final and (
        wishes.wait is not None or job.reused_from is not None
    )
    response = await _response(request, desk, job, is_done=is_done)
    response.headers["Location"] = links_of(request.scope).job(job.id)
    response.headers["Vary"] = "Accept, Prefer"
    if wishes.wait is not None and is_granted:
        response.headers.update(wishes.wait.headers)
    if is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response


async def _wait(
    request: Request, desk: Desk, caller: Caller, job: Job, wait: WaitPreference
) -> tuple[Job, bool]:
    """Return how the job stands then, and whether there was a place to wait at."""
    holder = object()  # A task may hold several places, so the task is no key.
    if desk.waits.available_tokens < 1:
        return job, False
    desk.waits.acquire_on_behalf_of_nowait(holder)
    try:
        poll = LongPoll(
            lookout=desk.lookout, feed=desk.feed, closing=desk.closing, caller=caller
        )
        sight = await poll.wait(
            job.id, lambda each: each.status.is_final, wait.seconds, request.receive
        )
    finally:
        desk.waits.release_on_behalf_of(holder)
    return sight.job, True


async def _response(
    request: Request, desk: Desk, job: Job, *, is_done: bool
) -> Response:
    links = links_of(request.scope)
    if not is_done:
        return job_response(job, links, desk.kinds, status=202)
    accept = request.headers.get("accept")
    if job.outcome is None or job.expired:
        if not accepts(accept, JSON):
            require_result(job)  # raises what says why there is no picture
        return job_response(job, links, desk.kinds)
    picture_format = _FORMATS.get(preferred(accept, _OFFERED) or JSON)
    if picture_format is None:
        return job_response(job, links, desk.kinds)
    return await _picture_response(desk, job.outcome.result, picture_format)


async def _picture_response(
    desk: Desk, result: Artifact, picture_format: PictureFormat
) -> Response:
    read = partial(read_picture, desk.blobs, result)
    if picture_format is PictureFormat.PNG:
        content = await run_sync(read)
    else:
        content = await desk.darkroom.make(Print(result.sha256, picture_format), read)
    return Response(content, headers=REVALIDATE, media_type=picture_format.media_type)
