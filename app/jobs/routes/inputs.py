"""What a job is made from, as it uses it; masks can be replaced while it runs."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.contract.records.wire import upload_key
from app.http.answers.files import file_response, unchanged_response
from app.http.bodies.small_bodies import read_bytes
from app.jobs.answers import JSON, REVALIDATE
from app.jobs.controls import AskedView, find_open_job, revisions_of
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import MASK_EXTRA, MASK_RESPONSES
from app.jobs.fetch import find_job, read_blob
from app.jobs.masks import MAX_MASK_BYTES, find_present_input, replace_mask
from app.jobs.responses import INPUT_RESPONSES
from app.jobs.routes.results import Accept
from app.jobs.sending import negotiate
from app.submissions.dependencies import TheSubmissionDependencies

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/inputs/{name:path}",
    operation_id="get_input",
    summary="Fetch an input",
    response_class=Response,
    responses=INPUT_RESPONSES,
)
def get_input(
    job_id: str,
    name: str,
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    accept: Accept = None,
) -> Response:
    """Answer a picture as the job uses it: `content`, `style/0`, `mask/0` and so on.

    Of a mask that was replaced the newest.
    """
    job = find_job(job_deps.ledger, job_id, caller)
    image = find_present_input(job_deps.ledger, job_deps.kinds, job, name)
    negotiate(accept, [image.media_type], job)
    etag = f'"{image.sha256}"'
    unchanged = unchanged_response(request.headers, etag, REVALIDATE)
    if unchanged is not None:
        return unchanged
    return file_response(
        request.headers,
        read_blob(job_deps.blobs, upload_key(image.sha256)),
        etag=etag,
        media_type=image.media_type,
        headers=REVALIDATE,
    )


@router.put(
    "/{job_id}/inputs/{name:path}",
    operation_id="replace_mask",
    summary="Replace a painting's mask while the job waits or runs",
    status_code=202,
    response_model=AskedView,
    responses=MASK_RESPONSES,
    openapi_extra=MASK_EXTRA,
)
async def put_mask(
    job_id: str,
    name: str,
    request: Request,
    job_deps: TheJobDependencies,
    deps: TheSubmissionDependencies,
    caller: TheCaller,
) -> Response:
    """Say where on the photograph a painting goes from now on: where it is white.

    The name is `mask/0` for the first painting, and so on. The mask has the
    photograph's shape, in any size. Null for it in `controls` takes it away again.
    """
    content = await read_bytes(request, "image/png", MAX_MASK_BYTES)
    job = await run_sync(find_open_job, job_deps.ledger, job_id, caller)
    expected = revisions_of(request.headers.get("if-match"))
    try:
        view = await replace_mask(deps, job, name, content, expected)
    finally:
        job_deps.job_cache.drop(job_id)
    headers = {**REVALIDATE, "ETag": f'"{view.revision}"'}
    return Response(view.model_dump_json(), 202, headers, JSON)
