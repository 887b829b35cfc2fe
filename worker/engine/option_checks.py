"""How options are declared and refused: each with its bounds, beside its type.

An option is a field `Annotated[type, Option(...)]` of a frozen dataclass. A refusal
gives what came and what is allowed; the command line's flags are made of the same.
"""

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True)
class Option:
    """What is told of an option beside its type.

    Attributes:
        help: what it does.
        least: of a number.
        most: likewise; None for no bound.
        multiple_of: of an integer.
        flag: of the command line, where it is not made of the field's name.
    """

    help: str
    least: float = 0
    most: float | None = None
    multiple_of: int = 1
    flag: str | None = None


class OptionField(NamedTuple):
    """One option of a dataclass.

    Attributes:
        name: of the field.
        kind: its type; None, where it may be that, left out.
        may_be_none: whether it may.
        option: what is told of it.
    """

    name: str
    kind: Any  # a type, or an alias of typing such as Mapping[str, float]
    may_be_none: bool
    option: Option


def option_fields(owner: type) -> Iterator[OptionField]:
    """Yield the options of a dataclass, in order."""
    for name, hint in get_type_hints(owner, include_extras=True).items():
        kind, option = get_args(hint)
        kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
        yield OptionField(name, kinds[0], NoneType in kinds, option)


def check_options(options: object) -> None:
    """Refuse numbers and words out of range; words become members of their enum.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """
    for name, kind, may_be_none, option in option_fields(type(options)):
        value = getattr(options, name)
        if value is None and may_be_none:
            continue
        if kind is bool:
            require_flag(name, value)
        elif kind is int:
            require_integer(name, value, option.least, option.most)
            if value % option.multiple_of:
                wanted = f"must be a multiple of {option.multiple_of}"
                raise ValueError(f"{name} is {value}, {wanted}")
        elif kind is float:
            require_number(name, value, option.least, option.most)
        elif isinstance(kind, type) and issubclass(kind, StrEnum):
            object.__setattr__(options, name, choice(name, kind, value))


def require_integer(name: str, value: object, least: float, most: float | None) -> None:
    """Raise ValueError unless `least` <= value <= `most`, an integer."""
    allowed = f"from {least}" + ("" if most is None else f" to {most}")
    inside = (
        isinstance(value, int)
        and not isinstance(value, bool)
        and least <= value
        and (most is None or value <= most)
    )
    if not inside:
        raise ValueError(f"{name} is {value!r}, must be an integer {allowed}")


def require_number(name: str, value: object, least: float, most: float | None) -> None:
    """Raise ValueError unless `least` <= value <= `most`; NaN is outside."""
    highest = math.inf if most is None else most
    inside = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and least <= value <= highest
    )
    if not inside:
        raise ValueError(
            f"{name} is {value!r}, must be a number from {least:g} to {highest:g}"
        )


def require_flag(name: str, value: object) -> None:
    """Raise ValueError unless the value is true or false."""
    if value is not True and value is not False:
        raise ValueError(f"{name} is {value!r}, must be true or false")


def choice(name: str, choices: type[_Choice], value: str) -> _Choice:
    """Return the member that `value` names, or raise ValueError."""
    try:
        return choices(value)
    except ValueError:
        allowed = ", ".join(choices)
        raise ValueError(f"{name} is {value!r}, must be one of: {allowed}") from None


def layer_weights(
    name: str, weights: Mapping[str, float], known: Collection[str], most: float
) -> dict[str, float]:
    """Return the weights by layer, from shallow to deep, those of 0 left out.

    Args:
        name: of the option.
        weights: by layer.
        known: the layers there are, from shallow to deep.
        most: the greatest weight.

    Raises:
        ValueError: an unknown layer, a weight out of range, or none above 0.
    """
    for layer, weight in weights.items():
        if layer not in known:
            near = difflib.get_close_matches(str(layer), known, 1)
            hint = f"; was {near[0]} meant?" if near else ""
            allowed = ", ".join(known)
            raise ValueError(
                f"{name} has the layer {layer!r}, must be one of: {allowed}{hint}"
            )
        require_number(f"{name}[{layer}]", weight, 0, most)
    kept = {layer: float(weights[layer]) for layer in known if weights.get(layer)}
    if not kept:
        raise ValueError(f"{name} has no layer with a weight above 0")
    return kept
