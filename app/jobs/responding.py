"""How a submission is answered: at once or when the job has ended; as JSON or paint."""

from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response

from app.contract.artifacts import Artifact
from app.contract.jobs import Job
from app.http.access.callers import Caller
from app.http.access.links import links_of
from app.http.answers.negotiation import accepts, preferred
from app.http.answers.preferences import WaitPreference
from app.jobs.answers import JSON, REVALIDATE, job_response
from app.jobs.dependencies import JobDependencies
from app.jobs.fetch import read_picture, require_result
from app.jobs.transcoder import PictureFormat, Rendition
from app.jobs.watching import LongPoll
from app.problems import ProblemCode, ProblemError
from app.submissions.request_options import RequestOptions

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
    job_deps: JobDependencies,
    caller: Caller,
    job: Job,
    options: RequestOptions,
    *,
    is_replay: bool = False,
) -> Response:
    """Return the answer to a submission whose job is recorded.

    200 if the job has ended within the wait or was reused, 202 otherwise.

    Raises:
        ProblemError: The client takes nothing but a picture and the job has none.
    """
    is_granted = job.status.is_final
    if options.wait is not None and not is_granted:
        job, is_granted = await _wait(request, job_deps, caller, job, options.wait)
    is_done = job.status.is_final and (
        options.wait is not None or job.reused_from is not None
    )
    response = await _response(request, job_deps, job, is_done=is_done)
    response.headers["Location"] = links_of(request.scope).job(job.id)
    response.headers["Vary"] = "Accept, Prefer"
    if options.wait is not None and is_granted:
        response.headers.update(options.wait.headers)
    if is_replay:
        response.headers["Idempotent-Replayed"] = "true"
    return response


async def _wait(
    request: Request,
    job_deps: JobDependencies,
    caller: Caller,
    job: Job,
    wait: WaitPreference,
) -> tuple[Job, bool]:
    """Return how the job stands then, and whether there was a place to wait at."""
    holder = object()  # A task may hold several places, so the task is no key.
    if job_deps.waits.available_tokens < 1:
        return job, False
    job_deps.waits.acquire_on_behalf_of_nowait(holder)
    try:
        poll = LongPoll(
            job_cache=job_deps.job_cache,
            feed=job_deps.feed,
            closing=job_deps.closing,
            caller=caller,
        )
        snapshot = await poll.wait(
            job.id, lambda each: each.status.is_final, wait.seconds, request.receive
        )
    finally:
        job_deps.waits.release_on_behalf_of(holder)
    return snapshot.job, True


async def _response(
    request: Request, job_deps: JobDependencies, job: Job, *, is_done: bool
) -> Response:
    links = links_of(request.scope)
    if not is_done:
        return job_response(job, links, job_deps.kinds, status=202)
    accept = request.headers.get("accept")
    if job.outcome is None or job.expired:
        if not accepts(accept, JSON):
            require_result(job)  # raises what says why there is no picture
        return job_response(job, links, job_deps.kinds)
    picture_format = _FORMATS.get(preferred(accept, _OFFERED) or JSON)
    if picture_format is None:
        return job_response(job, links, job_deps.kinds)
    return await _picture_response(job_deps, job.outcome.result, picture_format)


async def _picture_response(
    job_deps: JobDependencies, result: Artifact, picture_format: PictureFormat
) -> Response:
    read = partial(read_picture, job_deps.blobs, result)
    if picture_format is PictureFormat.PNG:
        content = await run_sync(read)
    else:
        content = await job_deps.transcoder.make(
            Rendition(result.sha256, picture_format), read
        )
    return Response(content, headers=REVALIDATE, media_type=picture_format.media_type)
