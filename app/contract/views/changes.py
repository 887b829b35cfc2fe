"""How what was changed of a job is shown."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, JsonValue

from app.contract.changes import CHANGES, in_order
from app.contract.jobs import Job
from app.contract.views.kinds import ShownKind


class ControlsState(BaseModel):
    """Which changes of a job were asked for, and which of them hold."""

    revision: Annotated[int, Field(description="Of the newest that was asked for.")] = 0
    applied_revision: Annotated[int, Field(description="Of the newest that holds.")] = 0
    applied_step: Annotated[
        int | None, Field(description="After which step that began to hold.")
    ] = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return how a job stands."""
        return cls(
            revision=job.controls_revision,
            applied_revision=job.applied_revision,
            applied_step=job.changes[-1].at_step if job.changes else None,
        )


def params_with_changes(kind: ShownKind, job: Job) -> dict[str, JsonValue]:
    """Return the parameters that make what the job makes, changes on its way too."""
    if not job.changes or CHANGES not in kind.views.params.model_fields:
        return job.params
    # A parameter of that name is a list of objects, by the kind's own model.
    sent: Any = job.params.get(CHANGES, ())
    return {**job.params, CHANGES: [*in_order(sent, job.changes)]}
