"""`/v1/queue` and `/v1/workers`: how the service stands, for clients and operators."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from app.contract.keys import Scope
from app.contract.operations import QueueStateView, WorkersView, WorkerView
from app.estimates import Estimator, StateReader
from app.http.access.callers import caller_of, require_scope
from app.http.openapi.schema import problem_responses
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
def get_queue(request: Request, response: Response) -> QueueStateView:
    """Answer how many jobs wait and run, and how long that takes; a second old."""
    estimator: Estimator = request.app.state.estimator
    response.headers["Cache-Control"] = _CACHING
    return estimator.queue()


@router.get(
    "/workers",
    operation_id="list_workers",
    summary="Who computes?",
    responses=problem_responses(ProblemCode.FORBIDDEN, ProblemCode.BROKER_UNAVAILABLE),
)
def list_workers(request: Request, response: Response) -> WorkersView:
    """Answer the live workers: device, memory, job, age of the last heartbeat."""
    require_scope(caller_of(request.scope), Scope.ADMIN)
    state: StateReader = request.app.state.state_reader
    response.headers["Cache-Control"] = _CACHING
    now = datetime.now(UTC)
    return WorkersView(data=[WorkerView.of(info, now) for info in state.read().workers])
