"""Looking at jobs."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from app.contract.views import JobView
from app.http.conditional import is_not_modified
from app.http.links import links_of
from app.jobs.answers import job_headers, job_response
from app.jobs.desk import TheCaller, TheDesk
from app.jobs.fetch import find_job
from app.jobs.responses import FETCH_RESPONSES

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}",
    operation_id="get_job",
    summary="Look at a job",
    response_model=JobView,
    responses=FETCH_RESPONSES,
)
def get(
    job_id: str,
    request: Request,
    desk: TheDesk,
    caller: TheCaller,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer 200 whatever the job's state; 304 if nothing has changed."""
    job = find_job(desk.ledger, job_id, caller)
    headers = job_headers(job)
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return job_response(job, links_of(request.scope))
