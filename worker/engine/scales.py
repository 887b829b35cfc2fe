"""The coarse-to-fine ladder: a pure function of integers; knows no tensors."""

import math
from dataclasses import dataclass

from .schedule import Schedule


@dataclass(frozen=True)
class Rung:
    """One scale of the ladder.

    Attributes:
        width_px: of the pastiche here.
        height_px: likewise.
        steps: optimizer steps to take here, at least 1.
    """

    width_px: int
    height_px: int
    steps: int

    @property
    def scale_px(self) -> int:
        """The long side."""
        return max(self.width_px, self.height_px)

    @property
    def work(self) -> int:
        """Pixels times steps: what the time grows with."""
        return self.width_px * self.height_px * self.steps


def fit(width_px: int, height_px: int, scale_px: int) -> tuple[int, int]:
    """Return (width, height) with the given aspect and exactly that long side."""
    ratio = scale_px / max(width_px, height_px)
    return max(1, round(width_px * ratio)), max(1, round(height_px * ratio))


def ladder(
    width_px: int, height_px: int, size_px: int, schedule: Schedule, steps: int
) -> tuple[Rung, ...]:
    """Return the rungs from coarse to fine; the last has the size of the result.

    Args:
        width_px: of the content; only the aspect counts.
        height_px: likewise.
        size_px: long side of the result.
        schedule: of the preset.
        steps: over all rungs, at least 1; with fewer steps than rungs the coarsest
            rungs are left out.
    """
    finer = 2 ** (1 / schedule.rungs_per_octave)
    count = 1
    while count < steps and round(size_px / finer**count) >= schedule.coarsest_px:
        count += 1
    shares = [schedule.coarseness**index for index in range(count)]  # fine to coarse
    rungs = []
    for index, rung_steps in enumerate(share_out(steps, shares)):
        scale_px = round(size_px / finer**index)
        rungs.append(Rung(*fit(width_px, height_px, scale_px), rung_steps))
    return tuple(reversed(rungs))


def share_out(total: int, shares: list[float]) -> list[int]:
    """Divide `total` in proportion to `shares`, at least 1 to each.

    The parts add up to `total`, which must not be less than their number.
    """
    spare = total - len(shares)
    whole = sum(shares)
    parts = [1 + math.floor(spare * share / whole) for share in shares]
    for index in range(total - sum(parts)):
        parts[index % len(parts)] += 1
    return parts
