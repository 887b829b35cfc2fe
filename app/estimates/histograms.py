"""Reads the ledger's histograms, which it keeps as counters of single slots."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Histogram:
    """How often a value was at most so large.

    Attributes:
        buckets: (upper end, how many values are not above it), rising; the last upper
            end is infinite.
        total: the sum of all values.
    """

    buckets: tuple[tuple[float, int], ...]
    total: float

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.buckets[-1][1]

    def median(self) -> float | None:
        """Return the median, as if values lay evenly within a slot; None for none.

        Beyond the last finite end nothing is known: that end is the answer then.
        """
        half = self.count / 2
        if half == 0:
            return None
        low, below = 0.0, 0
        for high, reached in self.buckets:
            if reached >= half:
                if math.isinf(high):
                    return low
                return low + (high - low) * (half - below) / (reached - below)
            low, below = high, reached
        raise AssertionError("the last bucket holds all values")


def read_histogram(
    counters: Mapping[str, float], name: str, bounds: Sequence[float]
) -> Histogram:
    """Return a histogram with every slot, also those that no value fell into.

    Args:
        counters: as `Ledger.counters` gives them.
        name: `wait_seconds`, say.
        bounds: upper ends of the finite slots, rising.
    """
    prefix = f"{name}:le:"
    counted = {
        float(key.removeprefix(prefix)): int(count)
        for key, count in counters.items()
        if key.startswith(prefix)
    }
    ends = (*map(float, bounds), math.inf)
    sums = itertools.accumulate(counted.get(end, 0) for end in ends)
    return Histogram(
        buckets=tuple(zip(ends, sums, strict=True)),
        total=counters.get(f"{name}:sum", 0.0),
    )
