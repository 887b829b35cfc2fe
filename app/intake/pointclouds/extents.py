"""How far a cloud reaches: places that are no numbers, and clouds without extent."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Beyond this a square is no number in single precision.
_FARTHEST = 1e15
#: Points of each chunk that tell whether all lie in one line.
_LOOKED_AT = 24
_GOLDEN = (math.sqrt(5) - 1) / 2
#: Of the extent: what is no farther from a line lies in it.
_LINE = 1e-6

Point: TypeAlias = tuple[float, float, float]
#: Some points: all x, all y, all z.
Axes: TypeAlias = tuple[Sequence[float], Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Extent:
    """How far a cloud reaches.

    Attributes:
        bad: the first point whose place is no number, from 0.
        is_point: whether all points are in one place.
        is_line: whether they are in one line.
    """

    bad: int | None
    is_point: bool
    is_line: bool


def extent_of(chunks: Iterator[Axes]) -> Extent:
    """Return the extent; no more is read once a place is no number."""
    count = 0
    low, high = [math.inf] * 3, [-math.inf] * 3
    looked_at: list[Point] = []
    for axes in chunks:
        # The least and the greatest of numbers with a NaN may be any of them.
        is_finite = all(math.isfinite(sum(axis)) for axis in axes)
        low = [min(each, *axis) for each, axis in zip(low, axes, strict=True)]
        high = [max(each, *axis) for each, axis in zip(high, axes, strict=True)]
        if not is_finite or max(*high, *(-each for each in low)) > _FARTHEST:
            places = enumerate(zip(*axes, strict=True))
            bad = next((n for n, place in places if not _is_sound(place)), None)
            if bad is not None:
                return Extent(count + bad, is_point=False, is_line=False)
        # Every so many of a grid's points lie in one line, so they are taken unevenly.
        parts = (number * _GOLDEN % 1 for number in range(_LOOKED_AT))
        chosen = [int(part * len(axes[0])) for part in parts]
        x, y, z = axes
        looked_at += [(x[n], y[n], z[n]) for n in chosen]
        count += len(x)
    return Extent(None, is_point=low == high, is_line=_is_line(looked_at))


def _is_sound(point: Point) -> bool:
    return all(math.isfinite(each) and abs(each) <= _FARTHEST for each in point)


def _is_line(points: Sequence[Point]) -> bool:
    """Tell whether points lie in one line, or in one place."""
    if not points:
        return True
    first = points[0]
    far = max(points, key=lambda each: math.dist(first, each))
    length = math.dist(first, far)
    return all(_distance(each, first, far, length) <= _LINE * length for each in points)


def _distance(point: Point, first: Point, far: Point, length: float) -> float:
    """Return how far a point is from the line through two others."""
    if length == 0:
        return 0.0
    along = [(b - a) / length for a, b in zip(first, far, strict=True)]
    offset = [b - a for a, b in zip(first, point, strict=True)]
    part = (
        math.sumprod(along, offset)
        if hasattr(math, "sumprod")
        else sum(a * b for a, b in zip(along, offset, strict=True))
    )
    return math.dist(offset, [part * each for each in along])
