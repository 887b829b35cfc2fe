"""The JSON of the HTTP interface: what the API writes and a client reads.

Made from the records; blob keys, owners, secrets and other inner things stay inside.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, JsonValue, WithJsonSchema

from app.contract.artifacts import shown_files
from app.contract.failures import Failure
from app.contract.inputs import Inputs
from app.contract.jobs import CancelReason, Job, JobStatus, Reproducibility
from app.contract.kind import Kinds
from app.contract.priorities import Priority
from app.contract.slots import by_slot
from app.contract.updates import Update
from app.contract.views.changes import ControlsState, params_with_changes
from app.contract.views.job_parts import (
    JobLinks,
    MetricsView,
    QueueView,
    StateView,
    UrlsView,
    WebhookView,
)
from app.contract.views.kinds import ShownKind

#: Marks in a schema what each kind shows with a model of its own; the OpenAPI document
#: has their models in its place. The value is the part of `Views`.
OF_KIND = "x-of-kind"

# Any: of the model that the job's kind says.
ShownParams = Annotated[Any, WithJsonSchema({OF_KIND: "params"})]
ShownInput = Annotated[Any, WithJsonSchema({OF_KIND: "input"})]
ShownProgress = Annotated[Any, WithJsonSchema({OF_KIND: "progress"})]
ShownRow = Annotated[Any, WithJsonSchema({OF_KIND: "row"})]
ShownResult = Annotated[Any, WithJsonSchema({OF_KIND: "result"})]


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
    branch_of: Annotated[
        str | None, Field(description="The job from whose state this one started.")
    ] = None
    branched_at_step: Annotated[
        int | None, Field(description="So many steps were in that state.")
    ] = None
    state: Annotated[
        StateView | None,
        Field(description="The newest that is kept; null: nothing can branch."),
    ] = None
    states: Annotated[
        list[StateView],
        Field(description="All that are kept: a branch may begin at each of them."),
    ] = []
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
            branched_at_step=None if job.start is None else job.start.step,
            state=StateView.of(job),
            states=StateView.all_of(job),
            webhook=WebhookView.of(job),
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
    views: Annotated[
        tuple[str, ...],
        Field(
            description="Of a point cloud: what each camera would see, before anything "
            "is painted, as small PNGs in data URLs. Empty of other kinds, and of a "
            "cloud that takes too long to draw."
        ),
    ] = ()


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
