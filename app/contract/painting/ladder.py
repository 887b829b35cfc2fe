"""The coarse-to-fine ladder: which scales a picture goes through, with how many steps.

A pure function of numbers, with nothing but the standard library: the engine paints by
it, and the API tells work and time from it. The numbers of the schedules
were chosen by looking: the coarse rungs lay out the style's large forms at little cost;
the fine ones only need enough steps to turn them into brush strokes.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.contract.painting.choices import STEPS_OF_PRESET, Preset

#: Part of the steps that a pass at full size takes after a smaller working size.
DETAIL_STEPS = 0.08
PIXELS_PER_MEGAPIXEL = 1e6


@dataclass(frozen=True)
class Schedule:
    """How a preset shares out its steps.

    Attributes:
        steps: of the optimizer, over all scales.
        coarsest_px: the ladder starts at the first scale that is at least this long.
        coarseness: steps of a rung divided by the steps of the next finer one.
        rungs_per_octave: 2 makes each rung sqrt(2) times as long as the last.
    """

    steps: int
    coarsest_px: int
    coarseness: float
    rungs_per_octave: int


SCHEDULES: dict[Preset, Schedule] = {
    preset: Schedule(STEPS_OF_PRESET[preset], coarsest_px, coarseness, per_octave)
    for preset, coarsest_px, coarseness, per_octave in (
        (Preset.DRAFT, 120, 2.0, 1),
        (Preset.STANDARD, 120, 1.2, 2),
        (Preset.HIGH, 120, 1.2, 2),
    )
}


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


def fit(width_px: int, height_px: int, scale_px: int) -> tuple[int, int]:
    """Return (width, height) with the given aspect and exactly that long side."""
    ratio = scale_px / max(width_px, height_px)
    return max(1, round(width_px * ratio)), max(1, round(height_px * ratio))


def plan(
    width_px: int,
    height_px: int,
    *,
    size_px: int,
    preset: Preset = Preset.STANDARD,
    steps: int | None = None,
    working_size_px: int | None = None,
    rungs: Sequence[tuple[int, int]] | None = None,
    style_strength: float = 0.5,
    detail: float = DETAIL_STEPS,
) -> tuple[Rung, ...]:
    """Return the rungs that the parameters ask for, from coarse to fine.

    Args:
        width_px: of the content; only the aspect counts.
        height_px: likewise.
        size_px: long side of the result.
        preset: shares the steps out.
        steps: over all rungs; the preset's if None.
        working_size_px: the ladder ends at this long side, and a short pass at
            `size_px` follows.
        rungs: (long side, steps) of each, in place of all this.
        style_strength: at 0 the content comes back: there is nothing to optimize.
        detail: part of the steps that goes to the pass at full size, if the ladder
            ends below it.
    """
    if style_strength == 0:
        return _rungs(width_px, height_px, [(size_px, 1)])
    if rungs is not None:
        return _rungs(width_px, height_px, rungs)
    schedule = SCHEDULES[preset]
    steps = steps or schedule.steps
    working_px = working_size_px or size_px
    if working_px == size_px or steps == 1:
        return ladder(width_px, height_px, size_px, schedule, steps)
    last = max(1, round(detail * steps))
    below = ladder(width_px, height_px, working_px, schedule, steps - last)
    return (*below, *_rungs(width_px, height_px, [(size_px, last)]))


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


def with_total_steps(
    rungs: tuple[Rung, ...], steps: int, least: int = 1
) -> tuple[Rung, ...]:
    """Return the ladder with so many steps in all: the last rung takes what is left.

    Args:
        rungs: from coarse to fine.
        steps: over all rungs.
        least: not fewer than so many, over all rungs: they are taken already.
    """
    *coarse, last = rungs
    before = sum(rung.steps for rung in coarse)
    return (*coarse, replace(last, steps=max(1, max(steps, least) - before)))


def share_out(total: int, shares: Sequence[float]) -> list[int]:
    """Divide `total` in proportion to `shares`, at least 1 to each.

    The parts add up to `total`, which must not be less than their number.
    """
    spare, whole = total - len(shares), sum(shares)
    parts = [1 + math.floor(spare * share / whole) for share in shares]
    for index in range(total - sum(parts)):
        parts[index % len(parts)] += 1
    return parts


@lru_cache(maxsize=1024)
def work_of_steps(preset: Preset, steps: int, width: int, height: int) -> float:
    """Return the megapixel-steps of `steps` on a preset's ladder, for a whole result.

    Args:
        preset: shares the steps out.
        steps: over all rungs, at least 1.
        width: of the result, in pixels.
        height: likewise.
    """
    return megapixel_steps(
        ladder(width, height, max(width, height), SCHEDULES[preset], steps)
    )


def megapixel_steps(rungs: Iterable[Rung]) -> float:
    """Return how much work a ladder is: pixels times steps, over all rungs."""
    return sum(rung.work for rung in rungs) / PIXELS_PER_MEGAPIXEL


def _rungs(
    width_px: int, height_px: int, wanted: Sequence[tuple[int, int]]
) -> tuple[Rung, ...]:
    return tuple(
        Rung(*fit(width_px, height_px, scale_px), steps) for scale_px, steps in wanted
    )
