"""How the learning rate rises and falls over a training."""

import math

#: Part of the steps in which the rate rises, and where it begins and ends.
_WARM_UP = 0.15
_FIRST, _LAST = 0.2, 0.02


def rate_at(done: float) -> float:
    """Return the part of the largest learning rate: up, then down along a cosine.

    Args:
        done: part of the steps that were taken, 0 to 1.

    Source: Smith and Topin 2018, "Super-convergence", one cycle; its momentum stays
    as it is here.
    """
    if done < _WARM_UP:
        return _FIRST + (1 - _FIRST) * done / _WARM_UP
    falling = (done - _WARM_UP) / (1 - _WARM_UP)
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * min(1.0, falling))) / 2
