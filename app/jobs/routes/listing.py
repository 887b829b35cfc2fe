"""`GET /v1/jobs`: a key's jobs, page by page."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.contract.ports import JobFilter
from app.http.access.links import Links, links_of
from app.jobs.answers import JSON, REVALIDATE
from app.jobs.dependencies import JobDependencies, TheCaller, TheJobDependencies
from app.jobs.listing import JobList, ListQuery
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
    query: Annotated[ListQuery, Query()],
) -> Response:
    """Answer the caller's jobs, the newest first unless told otherwise."""
    wanted = query.job_filter(caller.owner, job_deps.kinds)
    links = links_of(request.scope)
    content, next_cursor = await run_sync(_page, job_deps, wanted, links)
    headers = dict(REVALIDATE)
    if next_cursor is not None:
        headers["Link"] = query.next_link(f"{links.origin}/v1/jobs", next_cursor)
    return Response(content, headers=headers, media_type=JSON)


def _page(
    job_deps: JobDependencies, wanted: JobFilter, links: Links
) -> tuple[str, str | None]:
    page = job_deps.ledger.list_jobs(wanted)
    view = JobList.of(page, links, job_deps.kinds, job_deps.estimator.queue_of)
    return view.model_dump_json(by_alias=True), view.next_cursor
