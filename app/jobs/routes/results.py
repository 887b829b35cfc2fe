"""Fetching what a job has made."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from app.http.conditional import is_not_modified
from app.http.negotiation import accepts
from app.jobs.answers import REVALIDATE
from app.jobs.desk import TheCaller, TheDesk
from app.jobs.fetch import find_job, read_picture, require_result
from app.jobs.responses import RESULT_RESPONSES
from app.problems import ProblemCode, ProblemError

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/result",
    operation_id="get_result",
    summary="Fetch the picture",
    response_class=Response,
    responses=RESULT_RESPONSES,
)
def get_result(
    job_id: str,
    desk: TheDesk,
    caller: TheCaller,
    *,
    download: Annotated[
        bool, Query(description="Let a browser save the picture, not show it.")
    ] = False,
    accept: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Answer the PNG of a job that succeeded."""
    result = require_result(find_job(desk.ledger, job_id, caller))
    if not accepts(accept, result.media_type):
        detail = f"The picture is {result.media_type}; Accept admits it not."
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail, job_id=job_id)
    kind = "attachment" if download else "inline"
    headers = {
        **REVALIDATE,
        "ETag": f'"{result.sha256}"',
        "Vary": "Accept",
        "Accept-Ranges": "none",
        "Content-Disposition": f'{kind}; filename="impasto-{job_id}.png"',
    }
    if is_not_modified(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = read_picture(desk.blobs, result)
    return Response(content, headers=headers, media_type=result.media_type)
