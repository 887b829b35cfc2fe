"""Whether a figure grows over time, or only moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Series:
    """One figure over time.

    Attributes:
        name: of what.
        times_s: when it was read, rising.
        values: what was read.
        slack: it may rise by so much without being said to grow.
    """

    name: str
    times_s: Sequence[float]
    values: Sequence[float]
    slack: float

    def __post_init__(self) -> None:
        if len(self.values) < 6 or len(self.values) != len(self.times_s):
            raise ValueError(f"{self.name}: {len(self.values)} values tell nothing")

    @property
    def first_third(self) -> float:
        """The mean of the first third."""
        return fmean(self.values[: len(self.values) // 3])

    @property
    def last_third(self) -> float:
        """The mean of the last third."""
        return fmean(self.values[-(len(self.values) // 3) :])

    @property
    def slope_per_hour(self) -> float:
        """By least squares."""
        slope = linear_regression(self.times_s, self.values).slope
        return slope * _SECONDS_PER_HOUR

    @property
    def grows(self) -> bool:
        """Whether the last third is above the first by more than the slack."""
        return self.last_third - self.first_third > self.slack
