"""`GET /v1/jobs`: a key's jobs, page by page."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.contract.jobs import JobStatus
from app.contract.ports import JobFilter
from app.http.access.links import Links, links_of
from app.jobs.answers import JSON, REVALIDATE
from app.jobs.dependencies import JobDependencies, TheCaller, TheJobDependencies
from app.jobs.listing import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    JobList,
    ListOrder,
    job_filter,
    next_link,
)
from app.jobs.responses import LIST_RESPONSES

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "",
    operation_id="list_jobs",
    summary="List jobs",
    response_model=JobList,
    responses=LIST_RESPONSES,
)
async def list_jobs(
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    *,
    status: Annotated[
        list[JobStatus], Query(description="Only these; repeat it for several.")
    ] = [],  # noqa: B006  # FastAPI copies it
    limit: Annotated[
        int, Query(ge=1, le=MAX_LIMIT, description="So many at most.")
    ] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(description="A page's `next_cursor`; leave it out to begin.")
    ] = None,
    order: Annotated[
        ListOrder, Query(description="By the time of submission.")
    ] = ListOrder.CREATED_DESC,
) -> Response:
    """Answer the caller's jobs, the newest first unless told otherwise."""
    wanted = job_filter(caller.owner, status, limit, cursor, order)
    links = links_of(request.scope)
    content, next_cursor = await run_sync(_page, job_deps, wanted, links)
    headers = dict(REVALIDATE)
    if next_cursor is not None:
        url = f"{links.origin}/v1/jobs"
        headers["Link"] = next_link(url, status, limit, next_cursor, order)
    return Response(content, headers=headers, media_type=JSON)


def _page(
    job_deps: JobDependencies, wanted: JobFilter, links: Links
) -> tuple[str, str | None]:
    page = job_deps.ledger.list_jobs(wanted)
    view = JobList.of(page, links, job_deps.kinds, job_deps.estimator.queue_of)
    return view.model_dump_json(by_alias=True), view.next_cursor
