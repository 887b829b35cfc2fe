"""One parameter of a kind, or one slot, as an option."""

import builtins
import types
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from app.commands.options import PICTURES
from app.commands.pairs import integers, json_or_word, numbers_by_name
from app.commands.paths import a_path
from app.contract.form import FieldHints
from app.contract.slots import Slot

#: Where an option stands in a command's help of whose place nothing is said.
_OTHERS = "Further"
#: In the place of a file: this one of several has none.
_NO_FILE = Path("-")


@dataclass(frozen=True)
class FileOption:
    """The files of a slot, as an option."""

    slot: Slot
    help: str

    @property
    def name(self) -> str:
        """That of the slot."""
        return self.slot.name

    @property
    def default(self) -> None:
        """Nothing is sent if nothing is said."""

    @property
    def annotation(self) -> Any:
        """Its type, and what typer reads of it."""
        told = typer.Option(
            f"--{self.name.replace('_', '-')}",
            metavar="FILE",
            parser=a_path,
            help=self.help,
            rich_help_panel=PICTURES,
        )
        shape = list[Path] if self.slot.plural else Path
        return Annotated[shape | None, told]

    def sent(self, value: list[Path] | Path | None) -> list[Path | None]:
        """Return the paths in order; `-` is none."""
        paths = [value] if isinstance(value, Path) else value or []
        return [None if path == _NO_FILE else path for path in paths]


class _Reading(NamedTuple):
    """How the words of an option become a value.

    Attributes:
        shape: what typer makes of them.
        value: makes the parameter's of that, for a flag and with an example.
        is_repeated: whether the option is said once for each of several.
    """

    # Any: types, and what typer makes of words.
    shape: Any
    value: Callable[[str, Any, str], object]
    is_repeated: bool = False


@dataclass(frozen=True)
class ParameterOption:
    """An option for one parameter."""

    name: str
    field: FieldInfo
    hints: FieldHints

    @cached_property
    def reading(self) -> _Reading:
        """How it is read."""
        return _reading_of(_without_null(self.field.annotation))

    @cached_property
    def flag(self) -> str:
        """Its name; that of one of several where it is repeated."""
        name = self.name.removesuffix("s") if self.reading.is_repeated else self.name
        return f"--{name.replace('_', '-')}"

    @property
    def default(self) -> Any:
        """What is sent if nothing is said."""
        return self.field.default if self.hints.is_basic else None

    @property
    def annotation(self) -> Any:
        """Its type, and what typer reads of it."""
        is_switch = self.reading.shape is bool
        told = typer.Option(
            f"{self.flag}/--no-{self.flag[2:]}" if is_switch else self.flag,
            min=self._bound("ge"),
            max=self._bound("le"),
            help=self.hints.help or self.field.description,
            metavar=self.hints.value or None,
            rich_help_panel=self.hints.group or _OTHERS,
        )
        return Annotated[self.reading.shape | None, told]

    def sent(self, value: Any) -> object:
        """Return what the option said; None for nothing.

        Raises:
            BadParameter: It is not of the form.
        """
        if value is None or value == []:
            return None
        return self.reading.value(self.flag, value, self.hints.example)

    def _bound(self, name: str) -> float | None:
        if self.reading.is_repeated:  # those are of how many there are
            return None
        found = (getattr(each, name, None) for each in self.field.metadata)
        return next((each for each in found if each is not None), None)


def _reading_of(shape: Any) -> _Reading:
    """Return how a parameter of this type is read; as JSON if in no other way."""
    if _is_plain(shape):
        return _Reading(shape, _as_it_is)
    inner = [_without_null(each) for each in get_args(shape)]
    match get_origin(shape), inner:
        case builtins.dict, [builtins.str, builtins.float]:
            return _Reading(list[str], numbers_by_name, is_repeated=True)
        case builtins.tuple, [item, builtins.Ellipsis] if _is_plain(item):
            return _Reading(list[item], _as_it_is, is_repeated=True)  # type: ignore[valid-type]  # known when run
        case builtins.tuple, [item, builtins.Ellipsis] if _are_integers(item):
            return _Reading(list[str], integers, is_repeated=True)
    return _Reading(str, _json)


def _are_integers(shape: Any) -> bool:
    return {_without_null(each) for each in get_args(shape)} == {int}


def _is_plain(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, bool | int | float | Enum)


def _as_it_is(_flag: str, value: Any, _example: str) -> object:
    return value


def _json(_flag: str, value: str, _example: str) -> object:
    return json_or_word(value)


def _without_null(shape: Any) -> Any:
    """Return a type without the None of "or None", and without annotations."""
    while get_origin(shape) in {Annotated, Union, types.UnionType}:
        shape = next(each for each in get_args(shape) if each is not types.NoneType)
    return shape
