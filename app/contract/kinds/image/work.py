"""How much work a picture is: what the time of its optimization grows with.

A step at a coarse scale costs less than one at full size, so steps alone say little.
Work counts the pixels of every step, from rung to rung of the ladder.
"""

import math

from app.contract.kinds.image.fast import FastParameters
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import STEPS_OF_FAST_PRESET
from app.contract.painting.ladder import (
    PIXELS_PER_MEGAPIXEL,
    fit,
    megapixel_steps,
    plan,
    with_total_steps,
)
from app.contract.painting.limits import MAX_SIZE_PX

#: What one pass of the fast network takes, against an optimizer step of its size.
_STEPS_OF_A_PASS = 0.3


def result_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Return (width, height) of a result, whose long side is `size`.

    Args:
        width: of the photograph; only the aspect counts.
        height: likewise.
        size: as in the parameters.
    """
    return fit(width, height, size)


def work_of(params: StyleTransferParameters, width: int, height: int) -> float:
    """Return a job's work in megapixel-steps: pixels times steps, over all rungs.

    Args:
        params: what was asked for.
        width: of the photograph or of the result; only the aspect counts.
        height: likewise.
    """
    rungs = plan(
        width,
        height,
        size_px=params.size,
        preset=params.preset,
        steps=params.steps,
        working_size_px=params.working_size,
        rungs=params.rungs,
        style_strength=params.style_strength,
    )
    for change in params.changes:
        if (steps := change.get("steps")) is not None:
            rungs = with_total_steps(rungs, steps, change["at_step"] + 1)
    return megapixel_steps(rungs)


def working_size(params: FastParameters) -> int:
    """Return the long side in pixels at which strokes have the wanted scale."""
    return min(round(params.size / params.style_scale), MAX_SIZE_PX)


def work_of_fast(params: FastParameters, width: int, height: int) -> float:
    """Return the megapixel-steps that one pass is worth, and the steps after it."""
    sizes_px = working_size(params), params.size
    pixels = [math.prod(fit(width, height, size_px)) for size_px in sizes_px]
    steps = STEPS_OF_FAST_PRESET[params.preset]
    return (_STEPS_OF_A_PASS * pixels[0] + steps * pixels[1]) / PIXELS_PER_MEGAPIXEL
