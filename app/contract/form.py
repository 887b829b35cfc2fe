"""What a form says of a parameter, or of a slot, beyond type, bounds and description.

A page and a command line are made from a kind's model of sent parameters. What they
show besides stands in the model's JSON Schema as `x-form`, so that other clients can
draw such a form too. A parameter without an entry is shown all the same.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

#: The member of a JSON Schema that has the hints.
FORM = "x-form"


class FieldHints(BaseModel):
    """How one parameter, or one slot, is shown.

    Attributes:
        name: of it.
        group: the heading that it stands under.
        help: a few words for a terminal; the description if empty.
        value: what one of several values looks like, `LAYER=WEIGHT`.
        example: of such a value, `relu1_1=16`.
        is_basic: every command that takes parameters has it and says its default.
        label: what a page calls it; those with a label are always in view.
        ends: words for the least and the most, where a slider is apt.
        names: of choices, for people.
        notes: beside choices.
        sets: what a choice says of other parameters, unless they are given.
        sizes: numbers to choose from, as far as they are within the bounds.
        unit: of the number.
        blank: what leaving it empty means.
        needs_file: choices that go with a file of their own.
        each_of: the slot whose files have one value each.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    group: str = ""
    help: str = ""
    value: str = ""
    example: str = ""
    is_basic: bool = False
    label: str = ""
    ends: tuple[str, str] | None = None
    names: Mapping[str, str] = {}
    notes: Mapping[str, str] = {}
    sets: Mapping[str, Mapping[str, JsonValue]] = {}
    sizes: tuple[int, ...] = ()
    unit: str = ""
    blank: str = ""
    needs_file: tuple[str, ...] = ()
    each_of: str | None = None


# Any: a JSON Schema has no type of its own.
def form_schema(hints: Iterable[FieldHints]) -> dict[str, Any]:
    """Return a model's `json_schema_extra` with hints for fields and for slots."""
    # A list: pydantic sorts the members of objects.
    told = [each.model_dump(mode="json", exclude_defaults=True) for each in hints]
    return {FORM: told}


def hints_of(model: type[BaseModel]) -> dict[str, FieldHints]:
    """Return the hints: those that are given, then empty ones for all other fields."""
    extra = model.model_config.get("json_schema_extra")
    told = extra.get(FORM) if isinstance(extra, dict) else None
    given = told if isinstance(told, list) else []
    hints = {each.name: each for each in map(FieldHints.model_validate, given)}
    rest = [name for name in model.model_fields if name not in hints]
    return {**hints, **{name: FieldHints(name=name) for name in rest}}
