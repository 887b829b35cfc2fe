"""The path that Prometheus asks."""

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from app.http.openapi.schema import Responses, problem_responses
from app.operations.dependencies import TheOperationsDependencies

router = APIRouter(tags=["operations"])

_TEXT = {"schema": {"type": "string"}}
_RESPONSES: Responses = {
    **problem_responses(),
    200: {
        "description": "The metrics; `impasto_up` is 0 if the ledger does not answer.",
        "content": {
            "text/plain": _TEXT
            | {
                "example": "# TYPE impasto_queue_depth gauge\nimpasto_queue_depth 3.0\n"
            },
            "application/openmetrics-text": _TEXT,
        },
    },
}


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Counts for Prometheus",
    response_class=Response,
    responses=_RESPONSES,
)
def get_metrics(
    deps: TheOperationsDependencies, accept: Annotated[str | None, Header()] = None
) -> Response:
    """Answer the service's counts from the ledger, and this process's own."""
    page = deps.exposition.write(accept)
    return Response(page.content, headers={"Content-Type": page.media_type})
