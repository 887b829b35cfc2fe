"""The coarse-to-fine ladder: a pure function of integers; knows no tensors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from worker.engine.images import fit
from worker.engine.options import StylizeOptions
from worker.engine.painting.schedule import SCHEDULES, Schedule


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
    def pixels(self) -> int:
        """Of the pastiche here."""
        return self.width_px * self.height_px

    @property
    def work(self) -> int:
        """Pixels times steps: what the time grows with."""
        return self.pixels * self.steps


def plan(
    width_px: int, height_px: int, options: StylizeOptions, detail: float
) -> tuple[Rung, ...]:
    """Return the rungs that the options ask for, from coarse to fine.

    Args:
        width_px: of the content; only the aspect counts.
        height_px: likewise.
        options: the choices for the picture.
        detail: part of the steps that goes to the pass at full size, if the ladder
            ends below it.
    """
    if options.style_strength == 0:
        # The content comes back: there is nothing to optimize.
        return _rungs(width_px, height_px, [(options.size_px, 1)])
    if options.rungs is not None:
        return _rungs(width_px, height_px, options.rungs)
    schedule = SCHEDULES[options.preset]
    steps = options.steps or schedule.steps
    working_px = options.working_size_px or options.size_px
    if working_px == options.size_px or steps == 1:
        return ladder(width_px, height_px, options.size_px, schedule, steps)
    last = max(1, round(detail * steps))
    below = ladder(width_px, height_px, working_px, schedule, steps - last)
    return (*below, *_rungs(width_px, height_px, [(options.size_px, last)]))


def _rungs(
    width_px: int, height_px: int, wanted: Sequence[tuple[int, int]]
) -> tuple[Rung, ...]:
    return tuple(
        Rung(*fit(width_px, height_px, scale_px), steps) for scale_px, steps in wanted
    )


def ladder(
    width_px: int, height_px: int, size_px: int, schedule: Schedule, steps: int
) -> tuple[Rung, ...]:
    """Return the rungs of a schedule from coarse to fine; the last has `size_px`.

    Args:
        width_px: of the content; only the aspect counts.
        height_px: likewise.
        size_px: long side at the last rung.
        schedule: of the preset.
        steps: over all rungs, at least 1; with fewer steps than rungs the coarsest
            rungs are left out.
    """
    finer = 2 ** (1 / schedule.rungs_per_octave)
    count = 1
    while count < steps and round(size_px / finer**count) >= schedule.coarsest_px:
        count += 1
    shares = [schedule.coarseness**index for index in range(count)]  # fine to coarse
    fine_to_coarse = [
        (round(size_px / finer**index), rung_steps)
        for index, rung_steps in enumerate(share_out(steps, shares))
    ]
    return _rungs(width_px, height_px, fine_to_coarse[::-1])


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
