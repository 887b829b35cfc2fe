"""`POST /v1/jobs/{id}/retry`: a new job with the same files."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views.jobs import JobView
from app.http.bodies import json_bodies
from app.http.bodies.json_bodies import JsonLimits
from app.http.bodies.media_types import media_type_of, unsupported
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import RETRY_EXTRA, RETRY_RESPONSES
from app.jobs.fetch import find_job
from app.jobs.responding import require_acceptable, respond
from app.jobs.retry import MEMBERS, retried
from app.submissions.bodies import read_json
from app.submissions.dependencies import (
    SubmissionDependencies,
    TheSubmissionDependencies,
)
from app.submissions.refusals import require_known
from app.submissions.request_options import TheRequestOptions
from app.submissions.submission import Submission
from app.submissions.submit import submit

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_LIMITS = JsonLimits()
#: A retry sends no files: one that comes is thrown away and refused by its name.
_MAX_FILE_BYTES = 0


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


@asynccontextmanager
async def _read_retry(
    request: Request, deps: SubmissionDependencies, old: Job
) -> AsyncIterator[Submission]:
    yield retried(old, await _read_members(request), deps)


async def _read_members(request: Request) -> Mapping[str, JsonValue]:
    headers = request.headers
    is_empty = headers.get("content-length", "0") == "0"
    if is_empty and "transfer-encoding" not in headers:
        return {}
    if media_type_of(headers) != json_bodies.MEDIA_TYPE:
        raise unsupported([json_bodies.MEDIA_TYPE])
    document = await read_json(request, _LIMITS, _MAX_FILE_BYTES)
    try:
        require_known(document.members, MEMBERS)
        return document.members
    finally:
        document.close()
