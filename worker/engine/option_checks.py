"""How options are refused: the message gives what came and what is allowed."""

import difflib
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeVar

_Choice = TypeVar("_Choice", bound=StrEnum)


def require_integer(name: str, value: object, least: int, most: int | None) -> None:
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


def require_number(name: str, value: object, least: float, most: float) -> None:
    """Raise ValueError unless `least` <= value <= `most`; NaN is outside."""
    inside = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and least <= value <= most
    )
    if not inside:
        raise ValueError(
            f"{name} is {value!r}, must be a number from {least:g} to {most:g}"
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
