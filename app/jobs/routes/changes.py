"""Changing what becomes of a job: cancel, finish, change, pause, resume, delete."""

from collections.abc import Callable
from typing import TypeVar

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.contract.ports import BlobStore, Ledger
from app.contract.views.jobs import JobView
from app.http.access.callers import Caller
from app.http.access.links import links_of
from app.http.bodies.small_bodies import read_json_text
from app.jobs.answers import JSON, REVALIDATE, job_response
from app.jobs.controls import (
    MAX_BODY_BYTES,
    AskedView,
    ControlsView,
    change_job,
    controls_of,
    find_open_job,
    revisions_of,
)
from app.jobs.dependencies import JobDependencies, TheCaller, TheJobDependencies
from app.jobs.endings import (
    cancel_job,
    delete_job,
    finish_job,
    pause_job,
    resume_job,
)
from app.jobs.fetch import find_job
from app.jobs.responses import (
    CANCEL_RESPONSES,
    CONTROLS_EXTRA,
    CONTROLS_RESPONSES,
    DELETE_RESPONSES,
    FINISH_RESPONSES,
    LOOK_CONTROLS_RESPONSES,
    PAUSE_RESPONSES,
    RESUME_RESPONSES,
)
from app.submissions.dependencies import TheSubmissionDependencies
from app.submissions.enqueueing import ring

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

T = TypeVar("T")


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job",
    response_model=JobView,
    responses=CANCEL_RESPONSES,
)
async def cancel(
    job_id: str, request: Request, job_deps: TheJobDependencies, caller: TheCaller
) -> Response:
    """Answer 200 for a job that is canceled now, 202 for one that was asked to stop."""
    job = await _change(cancel_job, job_deps, job_id, caller)
    status = 200 if job.status.is_final else 202
    return job_response(job, links_of(request.scope), job_deps.kinds, status)


@router.post(
    "/{job_id}/finish",
    operation_id="finish_job",
    summary="Finish a job early",
    status_code=202,
    response_model=JobView,
    responses=FINISH_RESPONSES,
)
async def finish(
    job_id: str, request: Request, job_deps: TheJobDependencies, caller: TheCaller
) -> Response:
    """Ask the job to stop and keep the picture as it is; one that waits, at its first.

    It ends as `succeeded` with `stopped_early: true`.
    """
    job = await _change(finish_job, job_deps, job_id, caller)
    queue = await run_sync(job_deps.estimator.queue_of, job)
    links = links_of(request.scope)
    return job_response(job, links, job_deps.kinds, 202, queue)


@router.get(
    "/{job_id}/controls",
    operation_id="get_controls",
    summary="Look at what of a job may change",
    response_model=ControlsView,
    responses=LOOK_CONTROLS_RESPONSES,
)
async def look_at_controls(
    job_id: str, job_deps: TheJobDependencies, caller: TheCaller
) -> Response:
    """Answer the newest values that were asked for, and which of them hold."""
    job = await run_sync(find_job, job_deps.ledger, job_id, caller)
    view = await run_sync(controls_of, job_deps.ledger, job_deps.kinds, job)
    return _controls_response(view, 200)


@router.patch(
    "/{job_id}/controls",
    operation_id="change_job",
    summary="Change a job while it waits or runs",
    status_code=202,
    response_model=AskedView,
    responses=CONTROLS_RESPONSES,
    openapi_extra=CONTROLS_EXTRA,
)
async def change(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
) -> Response:
    """Ask the job to go on with other values: an object of those that change.

    The worker takes them at its next step. Of several that come between two steps the
    newest value of each counts.
    """
    text = await read_json_text(request, MAX_BODY_BYTES)
    job = await run_sync(find_open_job, job_deps.ledger, job_id, caller)
    offer = deps.offer(job.kind)
    expected = revisions_of(request.headers.get("if-match"))
    try:
        ledger, blobs = job_deps.ledger, job_deps.blobs
        view = await run_sync(change_job, ledger, blobs, job, offer, text, expected)
    finally:
        job_deps.job_cache.drop(job_id)
    return _controls_response(view, 202)


@router.post(
    "/{job_id}/pause",
    operation_id="pause_job",
    summary="Pause a job",
    status_code=202,
    response_model=JobView,
    responses=PAUSE_RESPONSES,
)
async def pause(
    job_id: str, request: Request, job_deps: TheJobDependencies, caller: TheCaller
) -> Response:
    """Let the job wait in no queue; its worker stores the state and is free.

    `paused_at` says since when. Idle for longer than `ttl_seconds` it is canceled.
    """
    job = await _change(pause_job, job_deps, job_id, caller)
    return job_response(job, links_of(request.scope), job_deps.kinds, 202)


@router.post(
    "/{job_id}/resume",
    operation_id="resume_job",
    summary="Resume a paused job",
    status_code=202,
    response_model=JobView,
    responses=RESUME_RESPONSES,
)
async def resume(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
) -> Response:
    """Let the job go on from its state, before all others of its key."""
    job = await _change(resume_job, job_deps, job_id, caller)
    await run_sync(ring, deps.doorbell, job)
    queue = await run_sync(job_deps.estimator.queue_of, job)
    links = links_of(request.scope)
    return job_response(job, links, job_deps.kinds, 202, queue)


@router.delete(
    "/{job_id}",
    operation_id="delete_job",
    summary="Delete a job",
    status_code=204,
    response_class=Response,
    responses=DELETE_RESPONSES,
)
async def delete(
    job_id: str, job_deps: TheJobDependencies, caller: TheCaller
) -> Response:
    """Forget a job that has ended: its record at once, its pictures soon after."""
    await _change(delete_job, job_deps, job_id, caller)
    return Response(status_code=204)


def _controls_response(view: AskedView | ControlsView, status: int) -> Response:
    headers = {**REVALIDATE, "ETag": f'"{view.revision}"'}
    return Response(view.model_dump_json(by_alias=True), status, headers, JSON)


async def _change(
    change: Callable[[BlobStore, Ledger, str, Caller], T],
    job_deps: JobDependencies,
    job_id: str,
    caller: Caller,
) -> T:
    """Change a job; who asks for it from now on sees the change."""
    try:
        return await run_sync(change, job_deps.blobs, job_deps.ledger, job_id, caller)
    finally:
        # Also when it failed: the answer may have been lost, not the change.
        job_deps.job_cache.drop(job_id)
