"""What may be asked of a job that waits or runs, in the order in which it was asked."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.form import FORM
from app.contract.inputs import Inputs
from app.contract.kind import AnyKind, RefusedParams

#: Another file is put, not patched.
_NO_FILE = {
    "type": "null",
    "description": "Null takes the file away; `PUT` to its path sends another one.",
}


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


# Any: a JSON Schema has no type of its own.
def controls_schema(kind: AnyKind, names: Iterable[str]) -> dict[str, Any]:
    """Return the schema of what may be asked to change, with the hints for a form.

    Args:
        kind: says what each parameter may be.
        names: as `changeable_of` gives them.
    """
    names, whole = list(names), kind.sent.model_json_schema()
    properties = {name: whole["properties"].get(name, _NO_FILE) for name in names}
    hints = [each for each in whole.get(FORM, ()) if each["name"] in names]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": whole.get("$defs", {}),
        FORM: hints,
    }


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
