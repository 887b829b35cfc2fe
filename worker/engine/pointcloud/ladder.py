"""From coarse to fine: at which sizes views are painted, and for how many steps."""

from dataclasses import replace

from app.contract.painting.ladder import Rung

#: A view made smaller than this shows the network nothing.
_LEAST_PX = 96
_FACTORS = (4, 2, 1)


def cloud_ladder(view_px: int, steps: int) -> tuple[Rung, ...]:
    """Return the scales, each a whole part of a view's side.

    Args:
        view_px: side of a view.
        steps: over all scales; with few of them only the finest is left.
    """
    sides = [view_px // factor for factor in _FACTORS if view_px // factor >= _LEAST_PX]
    sides = sides[-min(len(sides), steps) :] or [view_px]
    shares = [steps // len(sides)] * len(sides)
    shares[-1] += steps - sum(shares)
    return tuple(
        Rung(width_px=side, height_px=side, steps=share)
        for side, share in zip(sides, shares, strict=True)
    )


def with_steps(ladder: tuple[Rung, ...], steps: int) -> tuple[Rung, ...]:
    """Return the scales with another number of steps in all: the finest takes it.

    It is left one at least.
    """
    before = sum(rung.steps for rung in ladder[:-1])
    last = replace(ladder[-1], steps=max(1, steps - before))
    return (*ladder[:-1], last)
