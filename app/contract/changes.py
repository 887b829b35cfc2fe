"""What was changed of a job while it ran, and at which of its steps."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

#: The parameter that tells what changes at which step, in the kinds that have it.
CHANGES = "changes"
#: Beside a change's values in the JSON of parameters.
AT_STEP = "at_step"


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
