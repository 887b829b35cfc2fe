"""`GET /v1/jobs/{id}/files`: what a job has made besides its result."""

from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.contract.artifacts import FileView, shown_files
from app.http.access.links import links_of
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.fetch import find_file, find_job, require_files
from app.jobs.responses import FILE_RESPONSES, FILES_RESPONSES
from app.jobs.routes.results import Accept, Download, Proxied
from app.jobs.sending import negotiate, send_artifact

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


class FileList(BaseModel):
    """The further files of a result."""

    data: Annotated[list[FileView], Field(description="Without the result itself.")]


@router.get(
    "/{job_id}/files",
    operation_id="list_files",
    summary="List what else a job has made",
    responses=FILES_RESPONSES,
)
def list_files(
    job_id: str, request: Request, job_deps: TheJobDependencies, caller: TheCaller
) -> FileList:
    """Answer the further files of a result; pictures have none."""
    job = find_job(job_deps.ledger, job_id, caller)
    url_of = partial(links_of(request.scope).job, job_id)
    return FileList(data=shown_files(require_files(job), url_of))


@router.get(
    "/{job_id}/files/{name}",
    operation_id="get_file",
    summary="Fetch a further file",
    response_class=Response,
    responses=FILE_RESPONSES,
)
async def get_file(
    job_id: str,
    name: Annotated[str, Path(description="Of the file, as `result.files` tells it.")],
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    *,
    download: Download = False,
    is_proxied: Proxied = False,
    accept: Accept = None,
) -> Response:
    """Answer a further file of the result, as it is stored."""
    job = await run_sync(find_job, job_deps.ledger, job_id, caller)
    file = find_file(job, name)
    negotiate(accept, [file.media_type], job)
    return await send_artifact(
        request,
        job_deps,
        file,
        None,
        file_name=f"impasto-{job_id}-{name}",
        is_download=download,
        is_proxied=is_proxied,
    )
