"""Parts of a job's JSON: how it waits, what it cost, where to go, what is kept."""

from typing import Annotated, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from app.contract.jobs import Job
from app.contract.records.states import states_of
from app.contract.views.operations import HintView


class JobLinks(Protocol):
    """Makes the absolute URLs of a job as this client must use them."""

    def job(self, job_id: str, suffix: str = "") -> str:
        """Return the URL of the job, or of `/result` and the like below it."""


class QueueView(BaseModel):
    """Where a waiting job stands in its lane; 0 is next."""

    position: Annotated[
        int | None, Field(description="0 is next; null once a worker has it.")
    ]
    estimated_start_seconds: Annotated[
        float | None,
        Field(description="Until a worker takes it up; null if nothing tells."),
    ] = None
    hint: Annotated[
        HintView | None,
        Field(description="Why it waits for more than a minute: no worker can do it."),
    ] = None


class MetricsView(BaseModel):
    """What the job cost."""

    queue_seconds: Annotated[
        float | None, Field(description="From submission to the last start.")
    ]
    setup_seconds: Annotated[float | None, Field(description="Before the first step.")]
    predict_seconds: Annotated[float | None, Field(description="Of the optimization.")]
    peak_memory_bytes: Annotated[
        int | None, Field(description="The most of the device's memory, if known.")
    ]

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

    self_: Annotated[str, Field(alias="self", description="The job.")]
    events: Annotated[str, Field(description="Its server-sent events.")]
    result: Annotated[str, Field(description="The finished picture.")]
    preview: Annotated[str, Field(description="The newest picture on the way.")]
    files: Annotated[str, Field(description="What else the job has made.")]
    losses: Annotated[str, Field(description="The loss curve.")]
    cancel: Annotated[str, Field(description="POST: give up.")]
    finish: Annotated[str, Field(description="POST: stop early and keep the picture.")]
    controls: Annotated[str, Field(description="PATCH: change it.")] = ""
    pause: Annotated[str, Field(description="POST: let it wait.")] = ""
    resume: Annotated[str, Field(description="POST: let it go on.")] = ""
    branch: Annotated[str, Field(description="POST: a new job from its state.")] = ""

    @classmethod
    def of(cls, job_id: str, links: JobLinks) -> Self:
        """Return the URLs of one job."""
        names = [name for name in cls.model_fields if name != "self_"]
        urls = {name: links.job(job_id, f"/{name}") for name in names}
        return cls(self_=links.job(job_id), **urls)


class StateView(BaseModel):
    """Where the job stands, as it is kept: a branch begins there."""

    step: Annotated[int, Field(description="So many were taken.")]
    bytes: Annotated[int, Field(description="Of the file.")]

    @classmethod
    def of(cls, job: Job) -> Self | None:
        """Return the newest that is kept, if anything is."""
        kept = cls.all_of(job)
        return kept[-1] if kept else None

    @classmethod
    def all_of(cls, job: Job) -> list[Self]:
        """Return those that are kept, the first step first."""
        return [cls(step=each.step, bytes=each.bytes) for each in states_of(job)]


class WebhookView(BaseModel):
    """Whom the service tells; the secret is not shown."""

    url: Annotated[str, Field(description="Where messages go.")]
    events: Annotated[tuple[str, ...], Field(description="Which of them.")]

    @classmethod
    def of(cls, job: Job) -> Self | None:
        """Return it, if there is one."""
        if job.webhook is None:
            return None
        return cls(url=job.webhook.url, events=job.webhook.events)
