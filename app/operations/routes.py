"""The paths that belong to no feature: health, and a page for each problem."""

import html
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse

from app.contract.failures import Failure, FailureCode
from app.contract.views.operations import HintView
from app.http.openapi.schema import problem_responses
from app.operations.dependencies import TheOperationsDependencies
from app.operations.health import OK
from app.problems import PROBLEMS, RETRY_AFTER_S, ProblemCode, ProblemError

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process answers."""

    status: Annotated[str, Field(description="Always `ok`.")] = "ok"


class ReadinessView(BaseModel):
    """Everything a job needs is there."""

    ready: Annotated[
        bool, Field(description="Always true: else the answer is a problem.")
    ]
    checks: Annotated[
        dict[str, str], Field(description="Each check's result by its name.")
    ]
    hint: Annotated[
        HintView | None,
        Field(description="Of the first job that no live worker can do, if one waits."),
    ] = None


@router.get("/healthz", operation_id="get_health", summary="Is the process alive?")
async def healthz() -> Health:
    """Answer 200 as long as the process does; it looks at nothing else."""
    return Health()


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Would a job be painted now?",
    responses=problem_responses(ProblemCode.NOT_READY),
)
def readyz(deps: TheOperationsDependencies) -> ReadinessView:
    """Answer 200 with every check, or 503 naming those that failed."""
    readiness = deps.check_readiness()
    if not readiness.is_ready:
        failed = [
            f"{name}: {why}" for name, why in readiness.checks.items() if why != OK
        ]
        raise ProblemError(
            ProblemCode.NOT_READY,
            "; ".join(failed),
            retry_after_s=RETRY_AFTER_S,
            extra={"ready": False, "checks": dict(readiness.checks)},
        )
    hint = deps.estimator.hint()
    return ReadinessView(ready=True, checks=readiness.checks, hint=hint)


@router.get(
    "/problems/{code}",
    operation_id="get_problem",
    summary="What a problem means",
    response_class=HTMLResponse,
    responses=problem_responses(ProblemCode.NOT_FOUND),
)
def problem_page(code: str) -> HTMLResponse:
    """Explain a code in words: the `type` of every problem leads here.

    The codes of failed jobs are explained, too.
    """
    if code in PROBLEMS:
        return HTMLResponse(_problem(ProblemCode(code)))
    if code in set(FailureCode):
        return HTMLResponse(_failure(FailureCode(code)))
    raise ProblemError(ProblemCode.NOT_FOUND, "No problem has this code.")


def _problem(code: ProblemCode) -> str:
    kind = PROBLEMS[code]
    again = "may succeed later" if kind.retryable else "will be refused again"
    return _page(
        kind.title,
        f"Code <code>{code}</code>, HTTP status {kind.status}.",
        html.escape(kind.advice),
        f"The same request, sent again, {again}.",
    )


def _failure(code: FailureCode) -> str:
    failure = Failure.of(code, "")
    again = "may succeed" if failure.retryable else "would fail again"
    return _page(
        failure.title,
        f"Code <code>{code}</code>, in the <code>error</code> of a failed job, whose "
        "<code>detail</code> says more.",
        f"The same job, sent again, {again}.",
    )


def _page(title: str, *paragraphs: str) -> str:
    title = html.escape(title)
    text = "\n".join(f"<p>{each}</p>" for each in paragraphs)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
{text}
</html>
"""
