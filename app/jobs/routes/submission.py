"""`POST /v1/jobs`: read a submission, let it be checked and queued."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.contract.jobs import Job
from app.contract.views import JobView, ValidationView
from app.http.callers import Caller
from app.http.links import links_of
from app.http.multipart import read_form
from app.http.turnstile import turn
from app.intake import NormalizedPicture
from app.jobs.answers import JSON, job_response
from app.jobs.desk import LARGE_PIXELS, Desk, TheCaller, TheDesk
from app.jobs.documentation import SUBMISSION_BODY, SUBMIT_RESPONSES
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

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


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
    response = job_response(job, links, status=202)
    response.headers["Location"] = links.job(job.id)
    return response


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


def _validation_response(
    submission: Submission, pictures: PictureSet[NormalizedPicture]
) -> Response:
    params = submission.params.resolve(len(pictures.styles))
    view = ValidationView(params=params, input=input_of(pictures))
    return Response(view.model_dump_json(), media_type=JSON)
