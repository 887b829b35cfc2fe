"""`GET /v1/jobs/{id}/losses`: the loss curve as JSON, CSV or SVG."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from app.http.answers.conditional import is_not_modified
from app.jobs.answers import job_headers
from app.jobs.curve import draw_curve
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.fetch import find_job
from app.jobs.losses import LossesFormat, LossesView, as_csv
from app.jobs.responses import LOSSES_RESPONSES
from app.jobs.sending import negotiate

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

_OFFERED = {each.media_type: each for each in LossesFormat}
#: A drawing has its colors inside; it still may fetch nothing and run nothing.
_SVG_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)


@router.get(
    "/{job_id}/losses",
    operation_id="get_losses",
    summary="Fetch the loss curve",
    response_model=LossesView,
    responses=LOSSES_RESPONSES,
)
def get_losses(
    job_id: str,
    request: Request,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    *,
    losses_format: Annotated[
        LossesFormat | None,
        Query(alias="format", description="Instead of an `Accept` header."),
    ] = None,
    accept: Annotated[
        str | None, Header(description="The media types you would take.")
    ] = None,
) -> Response:
    """Answer the losses of the present attempt, step by step."""
    job = find_job(job_deps.ledger, job_id, caller)
    if (wanted := losses_format) is None:
        wanted = _OFFERED[negotiate(accept, [*_OFFERED], job, "curve")]
    headers = {**job_headers(job), "Vary": "Accept"}
    headers["ETag"] = f'W/"{job.revision}-{wanted}"'
    if is_not_modified(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    rows, kind = job_deps.ledger.losses(job_id), job_deps.kinds.shown(job.kind)
    if wanted is LossesFormat.JSON:
        content = LossesView.of(job, kind, rows).model_dump_json()
    elif wanted is LossesFormat.CSV:
        content = as_csv(kind, rows)
        headers["Content-Disposition"] = (
            f'inline; filename="impasto-{job_id}-losses.csv"'
        )
    else:
        content = draw_curve(rows, kind.metrics)
        headers["Content-Security-Policy"] = _SVG_POLICY
    return Response(content, headers=headers, media_type=wanted.media_type)
