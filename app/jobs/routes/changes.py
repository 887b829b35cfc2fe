"""Changing what becomes of a job."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.contract.views import JobView
from app.http.links import links_of
from app.jobs.answers import job_response
from app.jobs.cancel import cancel_job
from app.jobs.desk import TheCaller, TheDesk
from app.jobs.responses import CANCEL_RESPONSES

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "/{job_id}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job",
    response_model=JobView,
    responses=CANCEL_RESPONSES,
)
def cancel(job_id: str, request: Request, desk: TheDesk, caller: TheCaller) -> Response:
    """Answer 200 for a job that is canceled now, 202 for one that was asked to stop."""
    job = cancel_job(desk.ledger, job_id, caller)
    status = 200 if job.status.is_final else 202
    return job_response(job, links_of(request.scope), status)
