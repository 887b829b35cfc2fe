"""The named places of a kind for what its jobs are made from."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self, TypeVar

from app.contract.inputs import slot_and_number

T = TypeVar("T")


class Medium(StrEnum):
    """What a file holds; each has a checker of its own."""

    PICTURE = "picture"
    VIDEO = "video"
    POINTCLOUD = "pointcloud"
    CAMERAS = "cameras"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A named place for files of a job.

    Attributes:
        name: of the one file, or of each of several before its number.
        noun: what people call what is in it.
        description: for those who send it.
        plural: what JSON calls the list of them; None where there is one at most.
        medium: what they hold.
        least: so many there must be.
        most: so many there may be.
        from_library: whether a painting of the library may take the place of a file.
        is_mask: whether they say where and not what.
        each_of: the k-th belongs to the k-th of that slot, and may be missing.
        comes_with: nobody sends it: the k-th of that slot brings it from the library.
        over: a mask has the shape of this slot's file, of the k-th if it has several.
        library_field: of a form, naming paintings of the library among the files.
        missing: code of the problem that there are fewer than `least`.
        too_many: code of the problem that there are more than there may be.
        endings: of the names of files that no other kind takes: `.mp4`. The command
            line tells by them which kind is meant.
        is_later: whether there were requests before there was this slot: an empty one
            must not tell them from equal ones of now.
    """

    name: str
    noun: str = "file"
    description: str = ""
    plural: str | None = None
    medium: Medium = Medium.PICTURE
    least: int = 0
    most: int = 1
    from_library: bool = False
    is_mask: bool = False
    each_of: str | None = None
    comes_with: str | None = None
    over: str | None = None
    library_field: str | None = None
    missing: str = "invalid_value"
    too_many: str = "out_of_range"
    endings: tuple[str, ...] = ()
    is_later: bool = False

    @property
    def member(self) -> str:
        """What JSON calls what is in it."""
        return self.plural or self.name

    @property
    def listed(self) -> Self:
        """The slot of a batch: it takes any number, and each makes a job."""
        return replace(self, plural=self.plural or f"{self.name}s", most=sys.maxsize)


def sent_slots(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Return those whose files a client sends or names."""
    return tuple(slot for slot in slots if slot.comes_with is None)


def by_slot(
    slots: Iterable[Slot], items: Mapping[str, T], empty: Iterable[str] = ()
) -> dict[str, T | list[T | None] | None]:
    """Return the items as JSON has them: by member, numbered ones in lists with gaps.

    Args:
        slots: of the kind.
        items: by the names of inputs.
        empty: names that stand for nothing: null in their place.
    """
    named: dict[str, T | None] = {**dict.fromkeys(empty), **items}
    lists: dict[str, list[T | None]] = {each.name: [] for each in slots if each.plural}
    for name, item in named.items():
        slot, number = slot_and_number(name)
        if number is not None:
            row = lists[slot]
            row.extend([None] * (number + 1 - len(row)))
            row[number] = item
    return {
        slot.member: lists[slot.name] if slot.plural else named.get(slot.name)
        for slot in slots
    }


def count_of(slot: str, names: Iterable[str]) -> int:
    """Return how many inputs of a slot there are among these names."""
    return sum(slot_and_number(name)[0] == slot for name in names)
