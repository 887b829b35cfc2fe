"""Sends who fetches a picture to the blob store itself, by a URL signed for minutes.

Whether they may have it was decided before; the store checks the signature alone.
"""

from functools import partial

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.jobs.dependencies import JobDependencies

#: A download that has begun goes on; one that breaks off asks here again.
REDIRECT_TTL_S = 300


async def redirect_to_blob(
    request: Request,
    job_deps: JobDependencies,
    key: str,
    *,
    media_type: str,
    file_name: str,
    is_download: bool,
) -> Response | None:
    """Return a 307 to the blob; None if the service is to send the bytes.

    HEAD is never sent on: a URL that is signed for GET refuses it. Range and If-Range
    are the client's to repeat, and the store's to answer.

    Raises:
        StorageUnavailableError: The URL cannot be signed.
    """
    if not job_deps.redirects_downloads or request.scope["state"].get("is_head"):
        return None
    # The first signature may wait for a machine's role to give it credentials.
    sign = partial(
        job_deps.blobs.signed_url,
        key,
        expires_s=REDIRECT_TTL_S,
        media_type=media_type,
        file_name=file_name,
        is_download=is_download,
    )
    url = await run_sync(sign)
    if url is None:
        return None
    # The URL opens the picture to anybody: no cache may keep it.
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    return RedirectResponse(url, status_code=307, headers=headers)
