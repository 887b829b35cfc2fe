"""Fetching a job's pictures: the finished one, previews, and what it is made from."""

import hashlib
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from app.contract.artifacts import Artifact
from app.contract.jobs import Job
from app.contract.ports import BlobNotFoundError
from app.http.answers.files import file_response, unchanged_response
from app.http.answers.negotiation import accepts, preferred
from app.jobs.answers import REVALIDATE
from app.jobs.dependencies import JobDependencies, TheCaller, TheJobDependencies
from app.jobs.fetch import (
    find_input,
    find_job,
    find_preview,
    no_preview,
    read_input,
    read_picture,
    require_result,
)
from app.jobs.redirects import redirect_to_blob
from app.jobs.responses import INPUT_RESPONSES, PREVIEW_RESPONSES, RESULT_RESPONSES
from app.jobs.transcoder import DEFAULT_QUALITY, PictureFormat, Rendition, small_copy
from app.problems import ProblemCode, ProblemError

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_OFFERED = [each.media_type for each in PictureFormat]
_FORMAT_OF = {each.media_type: each for each in PictureFormat}

Accept = Annotated[str | None, Header(description="The media types you would take.")]


@router.get(
    "/{job_id}/result",
    operation_id="get_result",
    summary="Fetch the picture",
    response_class=Response,
    responses=RESULT_RESPONSES,
)
async def get_result(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    *,
    download: Annotated[
        bool, Query(description="Let a browser save the picture, not show it.")
    ] = False,
    picture_format: Annotated[
        PictureFormat | None,
        Query(alias="format", description="Instead of an `Accept` header."),
    ] = None,
    quality: Annotated[
        int, Query(ge=1, le=100, description="Of all but PNG, which loses nothing.")
    ] = DEFAULT_QUALITY,
    is_proxied: Annotated[
        bool,
        Query(
            alias="proxy",
            description="Let the service send the bytes, never a redirect to where "
            "they are stored.",
        ),
    ] = False,
    accept: Accept = None,
) -> Response:
    """Answer the picture of a job that succeeded, as PNG, JPEG, WebP or AVIF."""
    job = await run_sync(find_job, job_deps.ledger, job_id, caller)
    result = require_result(job)
    wanted = Rendition(
        result.sha256, picture_format or _negotiate(accept, job), quality
    )
    etag = _etag_of(wanted)
    headers = _result_headers(job_id, wanted, is_download=download)
    unchanged = unchanged_response(request.headers, etag, headers)
    if unchanged is not None:
        return unchanged
    # Prints are made here; of the picture itself the store has the very bytes.
    if wanted.format is PictureFormat.PNG and not is_proxied:
        elsewhere = await redirect_to_blob(
            request,
            job_deps,
            result.blob_key,
            media_type=result.media_type,
            file_name=_file_name(job_id, wanted),
            is_download=download,
        )
        if elsewhere is not None:
            return elsewhere
    content = await _picture(job_deps, result, wanted)
    return file_response(
        request.headers,
        content,
        etag=etag,
        media_type=wanted.format.media_type,
        headers=headers,
    )


@router.get(
    "/{job_id}/preview",
    operation_id="get_preview",
    summary="Fetch a preview",
    response_class=Response,
    responses=PREVIEW_RESPONSES,
)
def get_preview(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    *,
    step: Annotated[
        int | None, Query(ge=0, description="One of those kept; else the newest.")
    ] = None,
    accept: Accept = None,
) -> Response:
    """Answer a small JPEG of how far the picture has come."""
    job = find_job(job_deps.ledger, job_id, caller)
    _require_accepted(accept, "image/jpeg", job)
    try:
        preview = find_preview(job_deps.ledger, job, step)
    except ProblemError:
        if step is None and job.outcome is not None and not job.expired:
            return _small_result(request, job_deps, job, job.outcome.result)
        raise
    try:
        content = job_deps.blobs.get(preview.blob_key)
    except BlobNotFoundError as error:  # swept away since
        raise no_preview(job) from error
    return file_response(
        request.headers,
        content,
        etag=f'"{hashlib.sha256(content).hexdigest()}"',
        media_type="image/jpeg",
        headers={**REVALIDATE, "X-Step": str(preview.step)},
    )


def _small_result(
    request: Request, job_deps: JobDependencies, job: Job, result: Artifact
) -> Response:
    """Answer the finished picture, small: its previews are gone, or never were."""
    headers = dict(REVALIDATE)
    if job.progress is not None:
        headers["X-Step"] = str(job.progress.step)
    etag = f'"{result.sha256}-small"'
    unchanged = unchanged_response(request.headers, etag, headers)
    if unchanged is not None:
        return unchanged
    content = small_copy(read_picture(job_deps.blobs, result))
    return file_response(
        request.headers, content, etag=etag, media_type="image/jpeg", headers=headers
    )


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
    """Answer a picture as the job uses it: `content`, `style/0`, `mask/0` and so on."""
    job = find_job(job_deps.ledger, job_id, caller)
    image = find_input(job, name)
    _require_accepted(accept, image.media_type, job)
    etag = f'"{image.sha256}"'
    unchanged = unchanged_response(request.headers, etag, REVALIDATE)
    if unchanged is not None:
        return unchanged
    return file_response(
        request.headers,
        read_input(job_deps.blobs, image),
        etag=etag,
        media_type=image.media_type,
        headers=REVALIDATE,
    )


async def _picture(
    job_deps: JobDependencies, result: Artifact, wanted: Rendition
) -> bytes:
    read = partial(read_picture, job_deps.blobs, result)
    if wanted.format is PictureFormat.PNG:
        return await run_sync(read)
    return await job_deps.transcoder.make(wanted, read)


def _etag_of(wanted: Rendition) -> str:
    if wanted.format is PictureFormat.PNG:
        return f'"{wanted.sha256}"'
    return f'"{wanted.sha256}-{wanted.format}-{wanted.quality}"'


def _result_headers(
    job_id: str, wanted: Rendition, *, is_download: bool
) -> dict[str, str]:
    kind = "attachment" if is_download else "inline"
    name = _file_name(job_id, wanted)
    return {
        **REVALIDATE,
        "Vary": "Accept",
        "Content-Disposition": f'{kind}; filename="{name}"',
    }


def _file_name(job_id: str, wanted: Rendition) -> str:
    return f"impasto-{job_id}.{wanted.format.suffix}"


def _negotiate(accept: str | None, job: Job) -> PictureFormat:
    media_type = preferred(accept, _OFFERED)
    if media_type is None:
        raise _not_acceptable(_OFFERED, job)
    return _FORMAT_OF[media_type]


def _require_accepted(accept: str | None, media_type: str, job: Job) -> None:
    if not accepts(accept, media_type):
        raise _not_acceptable([media_type], job)


def _not_acceptable(offered: list[str], job: Job) -> ProblemError:
    return ProblemError(
        ProblemCode.NOT_ACCEPTABLE,
        f"The picture is made as {', '.join(offered)}; Accept admits none of them.",
        job_id=job.id,
        headers={"Vary": "Accept"},
        extra={"available": list(offered)},
    )
