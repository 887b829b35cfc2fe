"""What was changed of a job while it ran, and at which of its steps."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from app.contract.refused_params import RefusedParams

Params = TypeVar("Params", bound=BaseModel)
# Any: a change is of the kind's own model.
Rising = TypeVar("Rising", bound=Sequence[Mapping[str, Any]])

#: The parameter that tells what changes at which step, in the kinds that have it.
CHANGES = "changes"
#: Beside a change's values in the JSON of parameters.
AT_STEP = "at_step"
#: So many may be sent: also those of a job whose sliders were moved for minutes.
MAX_CHANGES = 500
#: What users read of the values in it.
AT_STEP_WORDS = "So many were taken."
NEW_VALUE_WORDS = "From the next step on."


def rising(changes: Rising) -> Rising:
    """Return changes; raise a PydanticCustomError unless their steps rise."""
    steps = [change[AT_STEP] for change in changes]
    if any(later <= earlier for earlier, later in itertools.pairwise(steps)):
        raise PydanticCustomError(
            "changes_do_not_rise",
            "at_step must rise from change to change; the steps are {steps}",
            {"steps": ", ".join(map(str, steps))},
        )
    return changes


Change = TypeVar("Change")
SentChanges = Annotated[
    tuple[Change, ...],
    AfterValidator(rising),
    Field(
        max_length=MAX_CHANGES,
        description="What changes at which step, rising: as a job's `params` tell "
        "that was changed while it ran.",
        examples=[[{"at_step": 120, "style_strength": 0.8}]],
    ),
]
#: Any number: so many as there were.
ToldChanges = Annotated[
    tuple[Change, ...],
    AfterValidator(rising),
    Field(description="At which step what changed."),
]


class AppliedChange(BaseModel):
    """Some parameters, and from when on they held.

    Attributes:
        revision: of the newest request in it; 0 where that is not kept.
        at_step: so many steps were taken.
        values: by name.
    """

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    at_step: Annotated[int, Field(ge=0)]
    values: dict[str, JsonValue]


def in_order(
    sent: Iterable[dict[str, JsonValue]], applied: Iterable[AppliedChange]
) -> list[dict[str, JsonValue]]:
    """Return changes as they may be sent: those that were, and those that came later.

    One for each step, rising; what was asked for while the job ran counts most.
    """
    merged: dict[int, dict[str, JsonValue]] = {}
    told = [{AT_STEP: each.at_step, **each.values} for each in applied]
    for change in (*sent, *told):
        merged.setdefault(int(str(change[AT_STEP])), {}).update(change)
    return [merged[step] for step in sorted(merged)]


def changed_at(old: Params, at_step: int, values: Mapping[str, JsonValue]) -> Params:
    """Return parameters with one more change: so they tell the whole way.

    Those that have no `changes` have the values themselves instead.

    Args:
        old: of any kind.
        at_step: so many steps are taken.
        values: what holds from there on.

    Raises:
        RefusedParams: More changes than a job may have.
    """
    if not values or CHANGES not in type(old).model_fields:
        return old.model_copy(update=dict(values))
    sent = old.model_dump(mode="json", include={CHANGES})[CHANGES]
    merged = in_order(sent, [AppliedChange(at_step=at_step, values=dict(values))])
    if len(merged) > MAX_CHANGES:
        detail = f"The job was changed {len(sent)} times; a branch needs one more."
        raise RefusedParams("/params", detail, "out_of_range", MAX_CHANGES, len(merged))
    known = old.model_dump(exclude={CHANGES})
    return type(old).model_validate({**known, CHANGES: merged})


# Any: as above.
def steps_in_all(steps: int, changes: Iterable[Mapping[str, Any]]) -> int:
    """Return how many steps a job takes whose `steps` change on the way."""
    for change in changes:
        steps = change.get("steps") or steps
    return steps


def files_named(changes: Iterable[Mapping[str, object]]) -> set[str]:
    """Return the hashes of the files that changes bring: those of an input's name.

    Of `mask/0` the value is the hash of the mask as it is stored; None for none.
    """
    return {
        value
        for change in changes
        for name, value in change.items()
        if "/" in name and isinstance(value, str)
    }
