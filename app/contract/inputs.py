"""What a job is made from: named files, whatever they hold.

A name is that of a slot (`content`), with a number where a slot takes several
(`style/0`, `mask/1`). Numbers may leave gaps: `mask/1` without a `mask/0` belongs to
the second of those that may have one.
"""

from collections.abc import Mapping
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue

#: What is known of a file, by the words of its medium: `width`, `frames`, `points`.
Facts: TypeAlias = dict[str, JsonValue]


class Input(BaseModel):
    """One accepted file; `sha256` is of the file as it is stored, its blob's name."""

    model_config = ConfigDict(frozen=True)

    media_type: str
    sha256: str
    facts: Facts = {}
    #: From the style library, not sent with the job.
    style_id: str | None = None


#: A job's inputs by their names, in the order of its kind's slots.
Inputs: TypeAlias = Mapping[str, Input]


def input_name(slot: str, number: int | None = None) -> str:
    """Return the name of a slot's file: of the only one, or of the `number`-th."""
    return slot if number is None else f"{slot}/{number}"


def slot_and_number(name: str) -> tuple[str, int | None]:
    """Return what `input_name` made a name of."""
    slot, slash, number = name.partition("/")
    return slot, int(number) if slash else None


def size_of(facts: Mapping[str, JsonValue]) -> tuple[int, int]:
    """Return (width, height) in pixels of what has both."""
    width, height = facts["width"], facts["height"]
    if not isinstance(width, int) or not isinstance(height, int):
        raise TypeError(f"a size is no number: {width!r}, {height!r}")
    return width, height
