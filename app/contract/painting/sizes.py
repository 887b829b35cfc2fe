"""Which sizes fit, and how near two are."""

import math
from collections.abc import Callable


def largest_fitting(
    least: int, most: int, pixels: Callable[[int], int], fits: Callable[[int], bool]
) -> int | None:
    """Return the largest size whose pixels fit, None if none does.

    Args:
        least: of the sizes, in pixels.
        most: likewise.
        pixels: tells how many a size has: more with each size, or as many.
        fits: tells whether so many do.
    """
    too_small, too_large = least - 1, most + 1
    while too_large - too_small > 1:
        size = (too_small + too_large) // 2
        if fits(pixels(size)):
            too_small = size
        else:
            too_large = size
    return too_small if too_small >= least else None


def likeness(*ratios: float) -> float:
    """Return 1 for two jobs whose numbers are equal, and less the further apart."""
    return math.sqrt(math.prod(min(ratio, 1 / ratio) for ratio in ratios))
