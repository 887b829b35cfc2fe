"""What may be asked of a job that waits or runs, in the order in which it was asked."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.inputs import Inputs
from app.contract.kind import AnyKind, RefusedParams


class Verb(StrEnum):
    """What is asked; a kind says what it can change, and whether it can pause."""

    #: End without a result.
    CANCEL = "cancel"
    #: End with the result as it is.
    FINISH = "finish"
    #: Store the state and let the worker go.
    PAUSE = "pause"
    #: Go on with other values of what the kind calls changeable.
    CHANGE = "change"


class Command(BaseModel):
    """One thing that was asked of a job.

    Attributes:
        sequence: 1 for a job's first; who has obeyed one has obeyed all before it.
        verb: what is asked.
        values: of CHANGE, by name.
    """

    model_config = ConfigDict(frozen=True)

    sequence: Annotated[int, Field(ge=1)]
    verb: Verb
    values: dict[str, JsonValue] = {}


def changeable_of(kind: AnyKind, params: BaseModel, inputs: Inputs) -> list[str]:
    """Return what may change while a job runs: parameters, then names of inputs."""
    return [*sorted(kind.changeable(params)), *sorted(kind.replaceable(params, inputs))]


def require_changeable(
    kind: AnyKind, params: BaseModel, inputs: Inputs, names: Iterable[str]
) -> None:
    """Raise RefusedParams unless all of these may change while a job runs."""
    allowed = changeable_of(kind, params, inputs)
    fixed = [name for name in names if name not in allowed]
    if not fixed:
        return
    words = f"only {', '.join(allowed)}" if allowed else "nothing"
    detail = f"Of this job of kind {kind.name} {words} can change; {fixed[0]} cannot."
    raise RefusedParams(f"/{fixed[0]}", detail, "not_changeable", [*allowed], fixed[0])
