"""Which rungs of the ladder a job's options ask for."""

from app.contract.painting import ladder
from worker.engine.options import StylizeOptions


def plan(
    width_px: int, height_px: int, options: StylizeOptions, detail: float
) -> tuple[ladder.Rung, ...]:
    """Return the rungs from coarse to fine.

    Args:
        width_px: of the content; only the aspect counts.
        height_px: likewise.
        options: the choices for the picture.
        detail: part of the steps that goes to the pass at full size, if the ladder
            ends below it.
    """
    return ladder.plan(
        width_px,
        height_px,
        size_px=options.size_px,
        preset=options.preset,
        steps=options.steps,
        working_size_px=options.working_size_px,
        rungs=options.rungs,
        style_strength=options.style_strength,
        detail=detail,
    )
