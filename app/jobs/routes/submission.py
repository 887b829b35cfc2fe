"""`POST /v1/jobs`: read a submission, let it be checked and queued."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.contract.views.jobs import JobView, ValidationView, shown_input
from app.jobs.answers import JSON
from app.jobs.dependencies import TheCaller, TheJobDependencies
from app.jobs.documentation import SUBMISSION_EXTRA, SUBMIT_RESPONSES
from app.jobs.responding import require_acceptable, respond
from app.submissions.bodies import read_job
from app.submissions.dependencies import TheSubmissionDependencies
from app.submissions.files.staging import Staging
from app.submissions.request_options import TheRequestOptions
from app.submissions.submit import Checked, check, submit
from app.submissions.survey import survey

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    operation_id="submit_job",
    summary="Submit a photograph and paintings",
    status_code=202,
    response_model=JobView,
    responses=SUBMIT_RESPONSES,
    openapi_extra=SUBMISSION_EXTRA,
)
async def submit_job(
    request: Request,
    deps: TheSubmissionDependencies,
    job_deps: TheJobDependencies,
    caller: TheCaller,
    options: TheRequestOptions,
    *,
    validate_only: Annotated[
        bool, Query(description="Check everything, store and queue nothing.")
    ] = False,
) -> Response:
    """Accept a job: it is queued, and its pictures are stored, when this answers."""
    require_acceptable(request.headers, deps.kinds)
    reading = read_job(request, deps)
    if validate_only:
        with Staging() as staging:
            async with reading as submission:
                checked = await check(deps, submission, caller, None, staging)
                views = await run_sync(
                    survey, deps.uploaded, checked, limiter=deps.large_decodes
                )
        return _validation_response(checked, views)
    created = await submit(
        deps,
        reading,
        caller=caller,
        options=options,
        is_gone=request.is_disconnected,
    )
    job = await run_sync(deps.ledger.get, created.id)
    # A request that waits holds neither files nor a turn.
    return await respond(
        request, job_deps, caller, job, options, is_replay=created.is_replay
    )


def _validation_response(checked: Checked, views: tuple[str, ...]) -> Response:
    kind = checked.submission.kind
    (inputs,) = checked.jobs
    view = ValidationView(
        kind=kind.name,
        params=checked.params,
        input=shown_input(kind, inputs, checked.submission.empty),
        views=views,
    )
    return Response(view.model_dump_json(), media_type=JSON)
