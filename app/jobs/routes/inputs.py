"""`PUT /v1/jobs/{id}/inputs/mask/{k}`: another mask while the job waits or runs."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.contract.inputs import input_name
from app.contract.kinds.image.limits import MAX_STYLES
from app.http.bodies.small_bodies import read_bytes
from app.jobs.answers import JSON, REVALIDATE
from app.jobs.controls import AskedView, find_open_job, revisions_of
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import MASK_EXTRA, MASK_RESPONSES
from app.jobs.masks import MAX_MASK_BYTES, replace_mask
from app.submissions.dependencies import TheSubmissionDependencies

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.put(
    "/{job_id}/inputs/mask/{number}",
    operation_id="replace_mask",
    summary="Replace a painting's mask while the job waits or runs",
    status_code=202,
    response_model=AskedView,
    responses=MASK_RESPONSES,
    openapi_extra=MASK_EXTRA,
)
async def put_mask(
    job_id: str,
    number: Annotated[
        int, Path(ge=0, lt=MAX_STYLES, description="Of the painting, from 0.")
    ],
    request: Request,
    job_deps: TheJobDependencies,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
) -> Response:
    """Say where on the photograph a painting goes from now on: where it is white.

    The mask has the photograph's shape, in any size. Null for it in `controls` takes it
    away again.
    """
    content = await read_bytes(request, "image/png", MAX_MASK_BYTES)
    job = await run_sync(find_open_job, job_deps.ledger, job_id, caller)
    expected = revisions_of(request.headers.get("if-match"))
    try:
        name = input_name("mask", number)
        view = await replace_mask(deps, job, name, content, expected)
    finally:
        job_deps.job_cache.drop(job_id)
    headers = {**REVALIDATE, "ETag": f'"{view.revision}"'}
    return Response(view.model_dump_json(), 202, headers, JSON)
