"""`GET /v1/jobs/{id}`: how a job stands, now or when that has changed."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views.jobs import JobView
from app.http.access.callers import Caller, caller_of
from app.http.access.links import links_of
from app.http.answers.conditional import is_not_modified
from app.http.answers.preferences import WaitPreference, wait_of
from app.http.services import service
from app.jobs.answers import answer_of, job_headers
from app.jobs.dependencies import JobDependencies
from app.jobs.job_cache import JobSnapshot
from app.jobs.responses import FETCH_RESPONSES
from app.jobs.watching import find_snapshot

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


# Declared, not read by FastAPI: taking apart parameters and dependencies would take
# longer than all the rest of an answer that is there already.
_PARAMETERS = [
    {
        "name": "job_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of what the client has.",
        "schema": {"type": "string"},
    },
    {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=30`: answer when the job has ended or, with "
        "`If-None-Match`, when its revision differs; after 30 s in any case. 60 s "
        "are the most.",
        "schema": {"type": "string", "examples": ["wait=30"]},
    },
]


@router.get(
    "/{job_id}",
    operation_id="get_job",
    summary="Look at a job",
    response_model=JobView,
    responses=FETCH_RESPONSES,
    openapi_extra={"parameters": _PARAMETERS},
)
async def get(request: Request) -> Response:
    """Answer 200 whatever the job's state; 304 if nothing has changed."""
    job_deps = service(request, JobDependencies)
    caller = caller_of(request.scope)
    job_id: str = request.path_params["job_id"]
    headers = request.headers
    if_none_match, wait = headers.get("if-none-match"), wait_of(headers)
    if wait is None:
        snapshot = await find_snapshot(job_deps.job_cache, job_id, caller)
    else:
        snapshot = await _wait(job_deps, caller, job_id, wait, if_none_match, request)
    response = _response(snapshot, request, job_deps, if_none_match)
    if wait is not None:
        response.headers.update(wait.headers)
    return response


async def _wait(
    job_deps: JobDependencies,
    caller: Caller,
    job_id: str,
    wait: WaitPreference,
    if_none_match: str | None,
    request: Request,
) -> JobSnapshot:
    def is_enough(job: Job) -> bool:
        if job.status.is_final:
            return True
        etag = job_headers(job)["ETag"]
        return if_none_match is not None and not is_not_modified(if_none_match, etag)

    poll = job_deps.long_poll(caller)
    return await poll.wait(job_id, is_enough, wait.seconds, request.receive)


def _response(
    snapshot: JobSnapshot,
    request: Request,
    job_deps: JobDependencies,
    if_none_match: str | None,
) -> Response:
    if if_none_match is not None:
        headers = job_headers(snapshot.job)
        if is_not_modified(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return answer_of(snapshot, links_of(request.scope), job_deps.kinds).response()
