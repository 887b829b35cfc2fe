"""How much work a picture is: what the time of its optimization grows with.

A step at a coarse scale costs less than one at full size, so steps alone say little.
Work counts the pixels of every step, from rung to rung of the ladder. The engine has
the ladder itself; a test holds this reckoning to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.contract.choices import STEPS_OF_PRESET, Preset
from app.contract.parameters import StyleTransferParameters

_PIXELS_PER_MEGAPIXEL = 1e6


@dataclass(frozen=True)
class _Ladder:
    """How a preset shares out its steps; see `worker.engine.painting.schedule`."""

    coarsest_px: int
    coarseness: float
    rungs_per_octave: int


_LADDER_OF_PRESET = {
    Preset.DRAFT: _Ladder(120, 2.0, 1),
    Preset.STANDARD: _Ladder(120, 1.2, 2),
    Preset.HIGH: _Ladder(120, 1.2, 2),
}
#: Part of the steps that a pass at full size takes after a smaller `working_size`.
_DETAIL_STEPS = 0.08


def result_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Return (width, height) of a result, whose long side is `size`.

    Args:
        width: of the photograph; only the aspect counts.
        height: likewise.
        size: as in the parameters.
    """
    ratio = size / max(width, height)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def work_of(params: StyleTransferParameters, width: int, height: int) -> float:
    """Return a job's work in megapixel-steps: pixels times steps, over all rungs.

    Args:
        params: what was asked for.
        width: of the photograph or of the result; only the aspect counts.
        height: likewise.
    """
    return _work(_rungs(params), width, height)


@lru_cache(maxsize=1024)
def work_of_steps(preset: Preset, steps: int, width: int, height: int) -> float:
    """Return the megapixel-steps of `steps` on a preset's ladder, for a whole result.

    Args:
        preset: shares the steps out.
        steps: over all rungs, at least 1.
        width: of the result, in pixels.
        height: likewise.
    """
    rungs = _climb(_LADDER_OF_PRESET[preset], max(width, height), steps)
    return _work(rungs, width, height)


def _work(rungs: Sequence[tuple[int, int]], width: int, height: int) -> float:
    work = 0
    for scale, steps in rungs:
        rung_width, rung_height = result_size(width, height, scale)
        work += rung_width * rung_height * steps
    return work / _PIXELS_PER_MEGAPIXEL


def _rungs(params: StyleTransferParameters) -> Sequence[tuple[int, int]]:
    """Return (long side, steps) of each rung, in any order."""
    if params.style_strength == 0:  # The photograph comes back as it is.
        return [(params.size, 1)]
    if params.rungs is not None:
        return params.rungs
    ladder = _LADDER_OF_PRESET[params.preset]
    steps = params.steps or STEPS_OF_PRESET[params.preset]
    working_size = params.working_size or params.size
    if working_size == params.size or steps == 1:
        return _climb(ladder, params.size, steps)
    last = max(1, round(_DETAIL_STEPS * steps))
    return [*_climb(ladder, working_size, steps - last), (params.size, last)]


def _climb(ladder: _Ladder, size: int, steps: int) -> list[tuple[int, int]]:
    finer = 2 ** (1 / ladder.rungs_per_octave)
    count = 1
    while count < steps and round(size / finer**count) >= ladder.coarsest_px:
        count += 1
    shares = [ladder.coarseness**index for index in range(count)]  # fine to coarse
    shared = _share_out(steps, shares)
    return [(round(size / finer**i), rung_steps) for i, rung_steps in enumerate(shared)]


def _share_out(total: int, shares: Sequence[float]) -> list[int]:
    spare, whole = total - len(shares), sum(shares)
    parts = [1 + math.floor(spare * share / whole) for share in shares]
    for index in range(total - sum(parts)):
        parts[index % len(parts)] += 1
    return parts
