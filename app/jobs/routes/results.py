"""Fetching a job's pictures: the finished one, previews, and what it is made from."""

import hashlib
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.contract.artifacts import Artifact
from app.contract.jobs import Job
from app.contract.ports import BlobNotFoundError
from app.contract.records.wire import ending_of
from app.http.access.links import links_of
from app.http.answers.files import file_response, unchanged_response
from app.jobs.answers import REVALIDATE
from app.jobs.dependencies import JobDependencies, TheCaller, TheJobDependencies
from app.jobs.fetch import (
    find_job,
    find_preview,
    no_preview,
    read_blob,
    require_result,
)
from app.jobs.responses import (
    PREVIEW_RESPONSES,
    PREVIEWS_RESPONSES,
    RESULT_RESPONSES,
)
from app.jobs.sending import negotiate, not_acceptable, rendition_of, send_artifact
from app.problems import ProblemError
from app.renditions.pictures import (
    DEFAULT_QUALITY,
    PictureFormat,
    media_types_of,
    small_copy,
)

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

Accept = Annotated[str | None, Header(description="The media types you would take.")]
Download = Annotated[
    bool, Query(description="Let a browser save the picture, not show it.")
]
Proxied = Annotated[
    bool,
    Query(
        alias="proxy",
        description="Let the service send the bytes, never a redirect to where "
        "they are stored.",
    ),
]


class PreviewLink(BaseModel):
    """A state of the picture that can be looked at."""

    step: Annotated[int, Field(description="In the kind's unit.")]
    url: Annotated[str, Field(description="A JPEG.")]


class PreviewList(BaseModel):
    """The previews that are kept."""

    data: Annotated[list[PreviewLink], Field(description="The oldest first.")]


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
    download: Download = False,
    picture_format: Annotated[
        PictureFormat | None,
        Query(alias="format", description="Instead of an `Accept` header."),
    ] = None,
    quality: Annotated[
        int, Query(ge=1, le=100, description="Of all but PNG, which loses nothing.")
    ] = DEFAULT_QUALITY,
    is_proxied: Proxied = False,
    accept: Accept = None,
) -> Response:
    """Answer the picture of a job that succeeded, as PNG, JPEG, WebP or AVIF."""
    job = await run_sync(find_job, job_deps.ledger, job_id, caller)
    result = require_result(job)
    media_type = _chosen(result, picture_format, accept, job)
    wanted = rendition_of(result, media_type, quality)
    suffix = ending_of(media_type) if wanted is None else wanted.format.suffix
    return await send_artifact(
        request,
        job_deps,
        result,
        wanted,
        file_name=f"impasto-{job_id}.{suffix}",
        is_download=download,
        is_proxied=is_proxied,
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
    negotiate(accept, ["image/jpeg"], job)
    try:
        preview = find_preview(job_deps.ledger, job, step)
    except ProblemError:
        made = _kept_picture(job)
        if step is None and made is not None:
            return _small_result(request, job_deps, job, made)
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


@router.get(
    "/{job_id}/previews",
    operation_id="list_previews",
    summary="List the previews that are kept",
    responses=PREVIEWS_RESPONSES,
)
def list_previews(
    job_id: str, request: Request, job_deps: TheJobDependencies, caller: TheCaller
) -> PreviewList:
    """Answer the steps whose previews are kept; they go an hour after they came."""
    find_job(job_deps.ledger, job_id, caller)
    link = links_of(request.scope).job
    steps = [each.step for each in job_deps.ledger.previews(job_id)]
    return PreviewList(
        data=[
            PreviewLink(step=step, url=link(job_id, f"/preview?step={step}"))
            for step in steps
        ]
    )


def _kept_picture(job: Job) -> Artifact | None:
    """Return the finished picture, if there is one and it is one."""
    if job.outcome is None or job.expired:
        return None
    result = job.outcome.result
    return result if result.media_type == PictureFormat.PNG.media_type else None


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
    content = small_copy(read_blob(job_deps.blobs, result.blob_key))
    return file_response(
        request.headers, content, etag=etag, media_type="image/jpeg", headers=headers
    )


def _chosen(
    result: Artifact, picture_format: PictureFormat | None, accept: str | None, job: Job
) -> str:
    offered = media_types_of(result.media_type)
    if picture_format is None:
        return negotiate(accept, offered, job)
    if picture_format.media_type not in offered:
        raise not_acceptable(offered, job)
    return picture_format.media_type
