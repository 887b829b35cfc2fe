"""A job as clients see it: the JSON of `GET /v1/jobs/{id}`.

Made from the contract's record; blob keys, workers and other inner things stay inside.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, JsonValue

from app.contract.failures import Failure
from app.contract.jobs import (
    CancelReason,
    Job,
    JobInput,
    JobStatus,
    Progress,
    Reproducibility,
)
from app.contract.parameters import ResolvedParameters


class QueueView(BaseModel):
    """Where a waiting job stands; 0 is next."""

    position: int | None
    estimated_start_seconds: float | None = None


class ResultView(BaseModel):
    """A finished picture."""

    url: str
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    stopped_early: bool
    expires_at: datetime | None = None


class MetricsView(BaseModel):
    """What the job cost."""

    queue_seconds: float | None
    setup_seconds: float | None
    predict_seconds: float | None
    peak_memory_bytes: int | None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return what is known by now."""
        waited = None if job.started_at is None else job.started_at - job.created_at
        outcome = job.outcome
        return cls(
            queue_seconds=None if waited is None else waited.total_seconds(),
            setup_seconds=None if outcome is None else outcome.setup_seconds,
            predict_seconds=None if outcome is None else outcome.predict_seconds,
            peak_memory_bytes=None if outcome is None else outcome.peak_memory_bytes,
        )


class UrlsView(BaseModel):
    """Where to go from here."""

    self_: Annotated[str, Field(serialization_alias="self")]
    result: str
    cancel: str


class JobView(BaseModel):
    """One style transfer, from submission to picture."""

    id: Annotated[str, Field(examples=["job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"])]
    object: Literal["job"] = "job"
    status: JobStatus
    revision: Annotated[int, Field(description="Rises with every change.")]
    attempt: Annotated[int, Field(description="How often a worker took it up.")]
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancel_requested_at: datetime | None
    cancel_reason: CancelReason | None
    queue: QueueView
    progress: Progress | None
    params: Annotated[
        ResolvedParameters, Field(description="Post them back for the same picture.")
    ]
    input: JobInput
    result: ResultView | None
    error: Failure | None
    metrics: MetricsView
    reproducibility: Reproducibility | None
    metadata: dict[str, JsonValue]
    urls: UrlsView

    @classmethod
    def of(cls, job: Job, origin: str) -> Self:
        """Return the view of `job` for a client that reaches us at `origin`."""
        url = f"{origin}/v1/jobs/{job.id}"
        outcome = job.outcome
        return cls(
            id=job.id,
            status=job.status,
            revision=job.revision,
            attempt=job.attempt,
            created_at=job.created_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
            cancel_requested_at=job.cancel_requested_at,
            cancel_reason=job.cancel_reason,
            queue=QueueView(position=job.queue_position),
            progress=job.progress,
            params=job.params,
            input=job.input,
            result=_result_view(job, f"{url}/result"),
            error=job.error,
            metrics=MetricsView.of(job),
            reproducibility=None if outcome is None else outcome.reproducibility,
            metadata=job.metadata,
            urls=UrlsView(self_=url, result=f"{url}/result", cancel=f"{url}/cancel"),
        )


class ValidationView(BaseModel):
    """What a submission would become; nothing was stored."""

    object: Literal["validation"] = "validation"
    params: ResolvedParameters
    input: JobInput


def _result_view(job: Job, url: str) -> ResultView | None:
    if job.outcome is None:
        return None
    result = job.outcome.result
    return ResultView(
        url=url,
        media_type=result.media_type,
        width=result.width,
        height=result.height,
        bytes=result.bytes,
        sha256=result.sha256,
        stopped_early=result.stopped_early,
    )
