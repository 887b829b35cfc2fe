"""Quantiles of few values that do not all count alike; plain arithmetic."""

from collections.abc import Iterable
from typing import NamedTuple


class Quantiles(NamedTuple):
    """Half of the cases stay below `p50`, nine of ten below `p90`."""

    p50: float
    p90: float

    def times(self, factor: float) -> "Quantiles":
        """Return both, multiplied."""
        return Quantiles(self.p50 * factor, self.p90 * factor)


def weighted_quantiles(values: Iterable[tuple[float, float]]) -> Quantiles:
    """Return the quantiles of (value, weight > 0) pairs, at least one.

    Each value stands in the middle of its weight; between two, the line is straight
    (Hazen's rule, which weights leave as it is when they are equal).
    """
    ordered = sorted(values)
    total = sum(weight for _, weight in ordered)
    points: list[tuple[float, float]] = []
    below = 0.0
    for value, weight in ordered:
        points.append(((below + weight / 2) / total, value))
        below += weight
    return Quantiles(_at(0.5, points), _at(0.9, points))


def _at(share: float, points: list[tuple[float, float]]) -> float:
    """Interpolate; outside the points, the nearest one's value."""
    before = points[0]
    for point in points:
        if point[0] >= share:
            width = point[0] - before[0]
            part = (share - before[0]) / width if width > 0 else 1.0
            return before[1] + (point[1] - before[1]) * max(0.0, part)
        before = point
    return before[1]
