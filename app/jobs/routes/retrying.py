"""`POST /v1/jobs/{id}/retry` and `/branch`: a new job of an old one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views.jobs import JobView
from app.http.access.callers import Caller
from app.http.bodies import json_bodies
from app.http.bodies.json_bodies import JsonLimits
from app.http.bodies.media_types import media_type_of, unsupported
from app.jobs import branch as branches
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import (
    BRANCH_EXTRA,
    BRANCH_RESPONSES,
    RETRY_EXTRA,
    RETRY_RESPONSES,
)
from app.jobs.fetch import find_job
from app.jobs.responding import require_acceptable, respond
from app.jobs.retry import MEMBERS, retried
from app.problems import ProblemCode, ProblemError
from app.submissions.bodies import read_json
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.refusals import require_known
from app.submissions.request_options import RequestOptions, TheRequestOptions
from app.submissions.state_copies import StateMovedError
from app.submissions.submission import Submission
from app.submissions.submit import Created, submit

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_LIMITS = JsonLimits()
#: A retry sends no files: one that comes is thrown away and refused by its name.
_MAX_FILE_BYTES = 0
#: A job that runs stores a state now and then; twice in a row is rare.
_MOST_LOOKS = 5


@router.post(
    "/{job_id}/retry",
    operation_id="retry_job",
    summary="Make a new job of an old one",
    status_code=202,
    response_model=JobView,
    responses=RETRY_RESPONSES,
    openapi_extra=RETRY_EXTRA,
)
async def retry(
    job_id: str,
    request: Request,
    deps: TheSubmissionDependencies,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
) -> Response:
    """Queue a new job with the same pictures, whatever the state of the old one."""
    require_acceptable(request.headers, deps.kinds)
    old = await run_sync(find_job, deps.ledger, job_id, caller)
    created = await submit(
        deps,
        _read_retry(request, deps, old),
        caller=caller,
        options=options,
        is_gone=request.is_disconnected,
    )
    job = await run_sync(deps.ledger.get, created.id)
    return await respond(
        request, job_deps, caller, job, options, is_replay=created.is_replay
    )


@router.post(
    "/{job_id}/branch",
    operation_id="branch_job",
    summary="Go on from a job's state in a new job",
    status_code=202,
    response_model=JobView,
    responses=BRANCH_RESPONSES,
    openapi_extra=BRANCH_EXTRA,
)
async def branch(
    job_id: str,
    request: Request,
    deps: TheSubmissionDependencies,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
) -> Response:
    """Queue a new job that starts from a state of this one, which stays as it is.

    From the newest state, or from that `at` a step of `states`; also of one that is
    paused or has ended. `params` may have what can change while a job runs, and
    `steps`: so many further ones.
    """
    require_acceptable(request.headers, deps.kinds)
    body = await _read_members(request, branches.MEMBERS)
    created = await _branch(deps, job_id, body, caller, options, request)
    job = await run_sync(deps.ledger.get, created.id)
    return await respond(
        request, job_deps, caller, job, options, is_replay=created.is_replay
    )


async def _branch(
    deps: SubmissionDependencies,
    job_id: str,
    body: Mapping[str, JsonValue],
    caller: Caller,
    options: RequestOptions,
    request: Request,
) -> Created:
    """Submit a branch; look again where the old job goes on meanwhile."""
    for _ in range(_MOST_LOOKS):
        old = await run_sync(find_job, deps.ledger, job_id, caller)
        with suppress(StateMovedError):
            return await submit(
                deps,
                _prepared(branches.branched(old, body, deps)),
                caller=caller,
                options=options,
                is_gone=request.is_disconnected,
            )
    detail = "The job stores one state after the other."
    code = ProblemCode.STATE_NOT_READY
    raise ProblemError(code, detail, job_id=job_id, retry_after_s=1)


@asynccontextmanager
async def _prepared(submission: Submission) -> AsyncIterator[Submission]:
    yield submission


@asynccontextmanager
async def _read_retry(
    request: Request, deps: SubmissionDependencies, old: Job
) -> AsyncIterator[Submission]:
    yield retried(old, await _read_members(request, MEMBERS), deps)


async def _read_members(
    request: Request, known: Sequence[str]
) -> Mapping[str, JsonValue]:
    headers = request.headers
    is_empty = headers.get("content-length", "0") == "0"
    if is_empty and "transfer-encoding" not in headers:
        return {}
    if media_type_of(headers) != json_bodies.MEDIA_TYPE:
        raise unsupported([json_bodies.MEDIA_TYPE])
    document = await read_json(request, _LIMITS, _MAX_FILE_BYTES)
    try:
        require_known(document.members, known)
        return document.members
    finally:
        document.close()
