"""How a submission is answered: at once or when the job has ended; as JSON or paint."""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.kind import Kinds
from app.http.access.callers import Caller
from app.http.access.links import links_of
from app.http.answers.negotiation import accepts, preferred
from app.http.answers.preferences import WaitPreference
from app.jobs.answers import JSON, REVALIDATE, job_response
from app.jobs.dependencies import JobDependencies
from app.jobs.fetch import require_result
from app.jobs.sending import content_of, rendition_of
from app.problems import ProblemCode, ProblemError
from app.renditions.pictures import media_types_of
from app.submissions.request_options import RequestOptions


def require_acceptable(headers: Headers, kinds: Kinds) -> None:
    """Refuse before the body is read what could not be answered.

    Raises:
        ProblemError: `not_acceptable`.
    """
    # JSON comes first: it is answered to those who like a picture no better.
    offered = [JSON, *kinds.result_types]
    if preferred(headers.get("accept"), offered) is None:
        detail = f"Answers are {', '.join(offered)}; Accept admits none of them."
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
        snapshot = await job_deps.long_poll(caller).wait(
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
    result = job.outcome.result
    media_type = preferred(accept, (JSON, *media_types_of(result.media_type))) or JSON
    if media_type == JSON:
        return job_response(job, links, job_deps.kinds)
    content = await content_of(job_deps, result, rendition_of(result, media_type))
    return Response(content, headers=REVALIDATE, media_type=media_type)
