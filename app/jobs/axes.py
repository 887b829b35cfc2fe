"""The axes of a plot: where a value lies, and which values are worth a mark."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: A step of the marks is one of these times a power of ten.
_ROUND = (1, 2, 5, 10)
_MOST_MARKS = 8
#: Over so many powers of ten no mark between them is named.
_FEW_DECADES = 2


@dataclass(frozen=True)
class Axis:
    """One direction of a plot.

    Attributes:
        place: returns where a value lies, in pixels.
        ticks: the values to mark and what to write there; empty for a mark alone.
    """

    place: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]


def linear_axis(low: float, high: float, start_px: float, end_px: float) -> Axis:
    """Return an axis from `low` to `high` with round marks."""
    span = (high - low) or 1
    rough = span / _MOST_MARKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(1, next(each * power for each in _ROUND if each * power >= rough))
    marks = range(math.ceil(low / step), math.floor(high / step) + 1)
    return Axis(
        place=lambda value: start_px + (value - low) / span * (end_px - start_px),
        ticks=tuple((mark * step, f"{mark * step:g}") for mark in marks),
    )


def log_axis(values: Sequence[float], start_px: float, end_px: float) -> Axis:
    """Return a logarithmic axis that all values, which are positive, lie on."""
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = max(0.04 * (high - low), 0.02)
    low, high = low - margin, high + margin
    return Axis(
        place=lambda value: (
            start_px + (math.log10(value) - low) / (high - low) * (end_px - start_px)
        ),
        ticks=tuple(_log_ticks(low, high)),
    )


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    digits = (1, 2, 5) if high - low <= _FEW_DECADES else (1,)
    every = max(1, math.ceil((high - low) / _MOST_MARKS))
    powers = range(math.floor(low), math.ceil(high) + 1)
    values = [digit * 10.0**power for power in powers for digit in digits]
    inside = [value for value in values if low <= math.log10(value) <= high]
    if len(inside) < 2:  # a flat line: its two ends are marks enough
        inside = [10**low, 10**high]
    return [
        (value, _named(value) if math.floor(math.log10(value)) % every == 0 else "")
        for value in inside
    ]


def _named(value: float) -> str:
    """Return a short name: 0.002, 50, 2k, 3M; powers beyond those as they are."""
    for size, letter in ((1e9, ""), (1e6, "M"), (1e3, "k")):
        if size <= value < size * 1e3 and letter:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
