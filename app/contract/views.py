"""The JSON of the HTTP interface: what the API writes and a client reads.

Made from the records; blob keys, owners, secrets and other inner things stay inside.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.failures import Failure
from app.contract.jobs import (
    CancelReason,
    Job,
    JobInput,
    JobStatus,
    Reproducibility,
)
from app.contract.parameters import ResolvedParameters
from app.contract.progress import Progress


class JobLinks(Protocol):
    """Makes the absolute URLs of a job as this client must use them."""

    def job(self, job_id: str, suffix: str = "") -> str:
        """Return the URL of the job, or of `/result` and the like below it."""


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
    expired: bool = False


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

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    self_: Annotated[str, Field(alias="self")]
    events: str
    result: str
    preview: str
    losses: str
    cancel: str
    finish: str

    @classmethod
    def of(cls, job_id: str, links: JobLinks) -> Self:
        """Return the URLs of one job."""
        names = ("events", "result", "preview", "losses", "cancel", "finish")
        urls = {name: links.job(job_id, f"/{name}") for name in names}
        return cls(self_=links.job(job_id), **urls)


class WebhookView(BaseModel):
    """Whom the service tells; the secret is not shown."""

    url: str
    events: tuple[str, ...]


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
    finish_requested_at: datetime | None
    deadline_at: datetime | None
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
    retry_of: str | None
    reused_from: str | None
    batch_id: str | None
    resumed_from_step: int | None
    ttl_seconds: int
    webhook: WebhookView | None
    metadata: dict[str, JsonValue]
    urls: UrlsView

    @classmethod
    def of(cls, job: Job, links: JobLinks, start_seconds: float | None = None) -> Self:
        """Return the view of `job`.

        Args:
            job: The record.
            links: Makes its URLs.
            start_seconds: In how many seconds a waiting job will begin, if known.
        """
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
            finish_requested_at=job.finish_requested_at,
            deadline_at=job.deadline_at,
            queue=QueueView(
                position=job.queue_position, estimated_start_seconds=start_seconds
            ),
            progress=job.progress,
            params=job.params,
            input=job.input,
            result=_result_view(job, links),
            error=job.error,
            metrics=MetricsView.of(job),
            reproducibility=None if outcome is None else outcome.reproducibility,
            retry_of=job.retry_of,
            reused_from=job.reused_from,
            batch_id=job.batch_id,
            resumed_from_step=job.resumed_from_step,
            ttl_seconds=job.ttl_seconds,
            webhook=_webhook_view(job),
            metadata=job.metadata,
            urls=UrlsView.of(job.id, links),
        )


class ValidationView(BaseModel):
    """What a submission would become; nothing was stored."""

    object: Literal["validation"] = "validation"
    params: ResolvedParameters
    input: JobInput


def _result_view(job: Job, links: JobLinks) -> ResultView | None:
    if job.outcome is None:
        return None
    result = job.outcome.result
    return ResultView(
        url=links.job(job.id, "/result"),
        media_type=result.media_type,
        width=result.width,
        height=result.height,
        bytes=result.bytes,
        sha256=result.sha256,
        stopped_early=result.stopped_early,
        expires_at=job.expires_at,
        expired=job.expired,
    )


def _webhook_view(job: Job) -> WebhookView | None:
    if job.webhook is None:
        return None
    return WebhookView(url=job.webhook.url, events=job.webhook.events)
