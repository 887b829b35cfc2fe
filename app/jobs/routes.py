"""The paths of jobs: parse, call one use case, shape the answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views import JobView, ValidationView
from app.http.callers import Caller
from app.http.conditional import is_not_modified
from app.http.links import Links, links_of
from app.http.multipart import read_form
from app.http.negotiation import accepts
from app.http.turnstile import turn
from app.intake import NormalizedPicture
from app.jobs.cancel import cancel_job
from app.jobs.desk import LARGE_PIXELS, Desk, TheCaller, TheDesk
from app.jobs.documentation import (
    CANCEL_RESPONSES,
    FETCH_RESPONSES,
    RESULT_RESPONSES,
    SUBMISSION_BODY,
    SUBMIT_RESPONSES,
)
from app.jobs.fetch import find_job, read_picture, require_result, retry_after_s
from app.jobs.forms import read_submission
from app.jobs.pictures import PictureSet
from app.jobs.submit import (
    Submission,
    enqueue,
    input_of,
    inspect_pictures,
    normalize_pictures,
    require_room,
)
from app.problems import ProblemCode, ProblemError

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

JSON = "application/json"
#: Clients may keep an answer, but must ask whether it is still right.
_REVALIDATE = {"Cache-Control": "private, no-cache"}


@router.post(
    "",
    operation_id="submit_job",
    summary="Submit a photograph and paintings",
    status_code=202,
    response_model=JobView,
    responses=SUBMIT_RESPONSES,
    openapi_extra=SUBMISSION_BODY,
)
async def submit(
    request: Request,
    desk: TheDesk,
    caller: TheCaller,
    *,
    validate_only: Annotated[
        bool, Query(description="Check everything, store and queue nothing.")
    ] = False,
) -> Response:
    """Accept a job: it is queued, and its pictures are stored, when this answers."""
    async with _uploaded(request, desk) as submission:
        pixels = await run_sync(inspect_pictures, submission, desk.intake)
        if not validate_only:
            await run_sync(require_room, desk.ledger, desk.queue_limit)
        pictures = await _normalize(desk, submission, pixels)
    if validate_only:
        return _validation_response(submission, pictures)
    if await request.is_disconnected():
        raise ClientDisconnect  # nobody would learn the job's id
    job = await run_sync(_enqueue, desk, caller, submission, pictures)
    links = links_of(request.scope)
    response = _job_response(job, links, status=202)
    response.headers["Location"] = links.job(job.id)
    return response


@router.get(
    "/{job_id}",
    operation_id="get_job",
    summary="Look at a job",
    response_model=JobView,
    responses=FETCH_RESPONSES,
)
def get(
    job_id: str,
    request: Request,
    desk: TheDesk,
    caller: TheCaller,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer 200 whatever the job's state; 304 if nothing has changed."""
    job = find_job(desk.ledger, job_id, caller)
    headers = _job_headers(job)
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return _job_response(job, links_of(request.scope))


@router.get(
    "/{job_id}/result",
    operation_id="get_result",
    summary="Fetch the picture",
    response_class=Response,
    responses=RESULT_RESPONSES,
)
def get_result(
    job_id: str,
    desk: TheDesk,
    caller: TheCaller,
    *,
    download: Annotated[
        bool, Query(description="Let a browser save the picture, not show it.")
    ] = False,
    accept: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer the PNG of a job that succeeded."""
    result = require_result(find_job(desk.ledger, job_id, caller))
    if not accepts(accept, result.media_type):
        detail = f"The picture is {result.media_type}; Accept admits it not."
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail, job_id=job_id)
    kind = "attachment" if download else "inline"
    headers = {
        **_REVALIDATE,
        "ETag": f'"{result.sha256}"',
        "Vary": "Accept",
        "Accept-Ranges": "none",
        "Content-Disposition": f'{kind}; filename="impasto-{job_id}.png"',
    }
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = read_picture(desk.blobs, result)
    return Response(content, headers=headers, media_type=result.media_type)


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job",
    response_model=JobView,
    responses=CANCEL_RESPONSES,
)
def cancel(job_id: str, request: Request, desk: TheDesk, caller: TheCaller) -> Response:
    """Answer 200 for a job that is canceled now, 202 for one that was asked to stop."""
    job = cancel_job(desk.ledger, job_id, caller)
    status = 200 if job.status.is_final else 202
    return _job_response(job, links_of(request.scope), status)


@asynccontextmanager
async def _uploaded(request: Request, desk: Desk) -> AsyncIterator[Submission]:
    """Yield what was sent; its temporary files are gone afterwards."""
    async with turn(desk.uploads, desk.upload_patience_s):
        form = await read_form(request, desk.form)
        try:
            yield read_submission(form, desk.networks)
        finally:
            await form.close()


async def _normalize(
    desk: Desk, submission: Submission, pixels: int
) -> PictureSet[NormalizedPicture]:
    """Decode when it is this submission's turn; large pictures queue up once more."""
    large = desk.large_decodes if pixels > LARGE_PIXELS else nullcontext()
    async with large:
        return await run_sync(
            normalize_pictures, submission, desk.intake, limiter=desk.decodes
        )


def _enqueue(
    desk: Desk,
    caller: Caller,
    submission: Submission,
    pictures: PictureSet[NormalizedPicture],
) -> Job:
    return enqueue(
        submission,
        pictures,
        owner=caller.owner,
        blobs=desk.blobs,
        ledger=desk.ledger,
        doorbell=desk.doorbell,
    )


def _job_headers(job: Job) -> dict[str, str]:
    headers = {**_REVALIDATE, "ETag": f'W/"{job.revision}"'}
    if (pause_s := retry_after_s(job)) is not None:
        headers["Retry-After"] = str(pause_s)
    return headers


def _job_response(job: Job, links: Links, status: int = 200) -> Response:
    content = JobView.of(job, links).model_dump_json(by_alias=True)
    return Response(content, status, _job_headers(job), JSON)


def _validation_response(
    submission: Submission, pictures: PictureSet[NormalizedPicture]
) -> Response:
    params = submission.params.resolve(len(pictures.styles))
    view = ValidationView(params=params, input=input_of(pictures))
    return Response(view.model_dump_json(), media_type=JSON)
