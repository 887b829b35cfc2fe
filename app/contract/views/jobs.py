"""The JSON of the HTTP interface: what the API writes and a client reads.

Made from the records; blob keys, owners, secrets and other inner things stay inside.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from app.contract.artifacts import shown_files
from app.contract.failures import Failure
from app.contract.inputs import Inputs
from app.contract.jobs import CancelReason, Job, JobStatus, Reproducibility
from app.contract.kind import Kinds
from app.contract.priorities import Priority
from app.contract.slots import by_slot
from app.contract.updates import Update
from app.contract.views.changes import ControlsState, params_with_changes
from app.contract.views.kinds import ShownKind
from app.contract.views.operations import HintView

#: Marks in a schema what each kind shows with a model of its own; the OpenAPI document
#: has their models in its place. The value is the part of `Views`.
OF_KIND = "x-of-kind"

# Any: of the model that the job's kind says.
ShownParams = Annotated[Any, WithJsonSchema({OF_KIND: "params"})]
ShownInput = Annotated[Any, WithJsonSchema({OF_KIND: "input"})]
ShownProgress = Annotated[Any, WithJsonSchema({OF_KIND: "progress"})]
ShownRow = Annotated[Any, WithJsonSchema({OF_KIND: "row"})]
ShownResult = Annotated[Any, WithJsonSchema({OF_KIND: "result"})]


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

    @classmethod
    def of(cls, job_id: str, links: JobLinks) -> Self:
        """Return the URLs of one job."""
        names = [name for name in cls.model_fields if name != "self_"]
        urls = {name: links.job(job_id, f"/{name}") for name in names}
        return cls(self_=links.job(job_id), **urls)


class WebhookView(BaseModel):
    """Whom the service tells; the secret is not shown."""

    url: Annotated[str, Field(description="Where messages go.")]
    events: Annotated[tuple[str, ...], Field(description="Which of them.")]


class JobView(BaseModel):
    """One style transfer, from submission to picture."""

    id: Annotated[str, Field(examples=["job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"])]
    object: Literal["job"] = "job"
    kind: Annotated[str, Field(description="What kind of job it is.")]
    status: JobStatus
    revision: Annotated[int, Field(description="Rises with every change.")]
    attempt: Annotated[int, Field(description="How often a worker took it up.")]
    created_at: Annotated[datetime, Field(description="When it was accepted.")]
    started_at: Annotated[
        datetime | None, Field(description="When the present attempt began.")
    ]
    completed_at: Annotated[datetime | None, Field(description="When it ended.")]
    cancel_requested_at: Annotated[
        datetime | None, Field(description="When its end was asked for.")
    ]
    cancel_reason: CancelReason | None
    finish_requested_at: Annotated[
        datetime | None, Field(description="When an early end was asked for.")
    ]
    deadline_at: Annotated[
        datetime | None, Field(description="Then it is canceled, wherever it stands.")
    ]
    paused_at: Annotated[
        datetime | None, Field(description="Since when it waits in no queue.")
    ] = None
    queue: QueueView
    progress: ShownProgress | None
    params: Annotated[
        ShownParams, Field(description="Post them back for the same picture.")
    ]
    controls: ControlsState = ControlsState()
    input: ShownInput
    result: ShownResult | None
    error: Failure | None
    metrics: MetricsView
    reproducibility: Reproducibility | None
    retry_of: Annotated[str | None, Field(description="The job that this one repeats.")]
    reused_from: Annotated[
        str | None, Field(description="The job whose picture this one shows.")
    ]
    batch_id: Annotated[
        str | None, Field(description="The batch that it is a part of.")
    ]
    resumed_from_step: Annotated[
        int | None, Field(description="Where the present attempt went on from.")
    ]
    priority: Annotated[Priority, Field(description="How soon it is served.")]
    ttl_seconds: Annotated[
        int, Field(description="Pictures are kept so long after the end.")
    ]
    webhook: WebhookView | None
    metadata: Annotated[
        dict[str, JsonValue], Field(description="The client's own notes.")
    ]
    urls: UrlsView

    @classmethod
    def of(
        cls,
        job: Job,
        links: JobLinks,
        kinds: Kinds,
        queue: QueueView | None = None,
    ) -> Self:
        """Return the view of `job`."""
        outcome, kind = job.outcome, kinds.shown(job.kind)
        told = {name: getattr(job, name) for name in _AS_RECORDED}
        return cls(
            **told,
            queue=queue or QueueView(position=job.queue_position),
            progress=shown_progress(kind, job.progress),
            params=kind.views.for_params(job.params).model_validate(
                params_with_changes(kind, job)
            ),
            controls=ControlsState.of(job),
            input=shown_input(kind, job.inputs, job.empty_inputs),
            result=_shown_result(kind, job, links),
            metrics=MetricsView.of(job),
            reproducibility=None if outcome is None else outcome.reproducibility,
            webhook=_webhook_view(job),
            urls=UrlsView.of(job.id, links),
        )


#: Members that are shown as the record has them.
_AS_RECORDED = (JobView.model_fields.keys() & Job.model_fields.keys()) - {
    "progress",
    "params",
    "webhook",
}


class ValidationView(BaseModel):
    """What a submission would become; nothing was stored."""

    object: Literal["validation"] = "validation"
    kind: Annotated[str, Field(description="What kind of job it would be.")]
    params: ShownParams
    input: ShownInput


def shown_input(
    kind: ShownKind, inputs: Inputs, empty: Iterable[str] = ()
) -> BaseModel:
    """Return what a job is made from as clients see it, by the members of the slots."""
    items = {
        name: {
            "sha256": each.sha256,
            **each.facts,
            "media_type": each.media_type,
            "style_id": each.style_id,
        }
        for name, each in inputs.items()
    }
    members = by_slot(kind.slots, items, empty) if kind.slots else items
    return kind.views.input.model_validate(members)


def shown_progress(kind: ShownKind, update: Update | None) -> BaseModel | None:
    """Return how far a job has come as clients see it."""
    if update is None:
        return None
    values = update.model_dump(exclude={"stage", "total_stages", "metrics", "details"})
    return kind.views.progress.model_validate(
        {
            **values,
            "scale": update.stage,
            "total_scales": update.total_stages,
            "loss": update.metrics or None,
            **update.details,
        }
    )


def _shown_result(kind: ShownKind, job: Job, links: JobLinks) -> BaseModel | None:
    if job.outcome is None:
        return None
    result = job.outcome.result
    return kind.views.result.model_validate(
        {
            "url": links.job(job.id, "/result"),
            "media_type": result.media_type,
            **result.facts,
            "bytes": result.bytes,
            "sha256": result.sha256,
            "stopped_early": job.outcome.stopped_early,
            "expires_at": job.expires_at,
            "expired": job.expired,
            "files": shown_files(job.outcome.artifacts, partial(links.job, job.id)),
        }
    )


def _webhook_view(job: Job) -> WebhookView | None:
    if job.webhook is None:
        return None
    return WebhookView(url=job.webhook.url, events=job.webhook.events)
