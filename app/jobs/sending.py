"""Sends a job's files: as they are stored, or in another media type."""

from collections.abc import Callable
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from app.contract.artifacts import Artifact
from app.contract.jobs import Job
from app.http.answers.files import file_response, unchanged_response
from app.http.answers.negotiation import preferred
from app.jobs.answers import REVALIDATE
from app.jobs.dependencies import JobDependencies
from app.jobs.fetch import read_blob
from app.problems import ProblemCode, ProblemError
from app.renditions.pictures import DEFAULT_QUALITY, PictureFormat, Rendition

#: A download that has begun goes on; one that breaks off asks here again.
_REDIRECT_TTL_S = 300


def negotiate(
    accept: str | None, offered: list[str], job: Job, what: str = "picture"
) -> str:
    """Return the media type that the client likes best for what is sent.

    Raises:
        ProblemError: It takes none of them.
    """
    media_type = preferred(accept, offered)
    if media_type is None:
        raise not_acceptable(offered, job, what)
    return media_type


def not_acceptable(offered: list[str], job: Job, what: str = "picture") -> ProblemError:
    """Return the problem of one who takes nothing that there is."""
    return ProblemError(
        ProblemCode.NOT_ACCEPTABLE,
        f"The {what} is made as {', '.join(offered)}; Accept admits none of them.",
        job_id=job.id,
        headers={"Vary": "Accept"},
        extra={"available": list(offered)},
    )


def rendition_of(
    artifact: Artifact, media_type: str, quality: int = DEFAULT_QUALITY
) -> Rendition | None:
    """Return what must be made of a file; None if it is stored so."""
    if media_type == artifact.media_type:
        return None
    picture_format = PictureFormat(media_type.removeprefix("image/"))
    return Rendition(artifact.sha256, picture_format, quality)


async def content_of(
    job_deps: JobDependencies, artifact: Artifact, wanted: Rendition | None
) -> bytes:
    """Return the bytes of a file, as it is stored or as it is wanted."""
    read = partial(read_blob, job_deps.blobs, artifact.blob_key)
    if wanted is None:
        return await run_sync(read)
    return await job_deps.transcoder.make(wanted, read)


async def send_artifact(
    request: Request,
    job_deps: JobDependencies,
    artifact: Artifact,
    wanted: Rendition | None,
    *,
    file_name: str,
    is_download: bool,
    is_proxied: bool,
) -> Response:
    """Return the file, a part of it, a 304, or a redirect to where it is stored.

    Raises:
        ProblemError: The range lies outside the file.
        StorageUnavailableError: The store does not answer, or has lost the file.
    """
    etag = f'"{artifact.sha256}"' if wanted is None else wanted.etag
    media_type = artifact.media_type if wanted is None else wanted.format.media_type
    place = "attachment" if is_download else "inline"
    headers = {
        **REVALIDATE,
        "Vary": "Accept",
        "Content-Disposition": f'{place}; filename="{file_name}"',
    }
    unchanged = unchanged_response(request.headers, etag, headers)
    if unchanged is not None:
        return unchanged
    # Renditions are made here; of the file itself the store has the very bytes.
    if wanted is None and not is_proxied:
        sign = partial(
            job_deps.blobs.signed_url,
            artifact.blob_key,
            expires_s=_REDIRECT_TTL_S,
            media_type=media_type,
            file_name=file_name,
            is_download=is_download,
        )
        elsewhere = await _redirect(request, job_deps, sign)
        if elsewhere is not None:
            return elsewhere
    content = await content_of(job_deps, artifact, wanted)
    return file_response(
        request.headers, content, etag=etag, media_type=media_type, headers=headers
    )


async def _redirect(
    request: Request, job_deps: JobDependencies, sign: Callable[[], str | None]
) -> Response | None:
    """Return a 307 to the blob store; None if the service is to send the bytes.

    Whether they may have it was decided before; the store checks the signature alone.
    HEAD is never sent on: a URL that is signed for GET refuses it. Range and If-Range
    are the client's to repeat, and the store's to answer.
    """
    if not job_deps.redirects_downloads or request.scope["state"].get("is_head"):
        return None
    # The first signature may wait for a machine's role to give it credentials.
    url = await run_sync(sign)
    if url is None:
        return None
    # The URL opens the file to anybody: no cache may keep it.
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return RedirectResponse(url, status_code=307, headers=headers)
