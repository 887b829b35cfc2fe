"""`/v1/queue` and `/v1/workers`: how the service stands, for clients and operators."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from app.contract.keys import Scope
from app.contract.views.operations import QueueStateView, WorkersView, WorkerView
from app.http.access.callers import caller_of, require_scope
from app.http.openapi.schema import problem_responses
from app.operations.dependencies import TheOperationsDependencies
from app.problems import ProblemCode

router = APIRouter(prefix="/v1", tags=["operations"])

#: The answer is made from a state of this age anyhow.
_CACHING = "private, max-age=1"


@router.get(
    "/queue",
    operation_id="get_queue",
    summary="How busy is the service?",
    responses=problem_responses(ProblemCode.BROKER_UNAVAILABLE),
)
def get_queue(deps: TheOperationsDependencies, response: Response) -> QueueStateView:
    """Answer how many jobs wait and run, and how long that takes; a second old."""
    response.headers["Cache-Control"] = _CACHING
    return deps.estimator.queue()


@router.get(
    "/workers",
    operation_id="list_workers",
    summary="Who computes?",
    responses=problem_responses(ProblemCode.FORBIDDEN, ProblemCode.BROKER_UNAVAILABLE),
)
def list_workers(
    request: Request, deps: TheOperationsDependencies, response: Response
) -> WorkersView:
    """Answer the live workers: device, memory, job, age of the last heartbeat."""
    require_scope(caller_of(request.scope), Scope.ADMIN)
    response.headers["Cache-Control"] = _CACHING
    now = datetime.now(UTC)
    return WorkersView(
        data=[WorkerView.of(info, now) for info in deps.state.read().workers]
    )
