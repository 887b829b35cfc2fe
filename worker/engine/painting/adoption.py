"""What of a job is other from here on: options, steps, the paintings' places."""

from dataclasses import replace
from typing import NamedTuple

from app.contract.painting.ladder import Rung, fit, with_total_steps
from app.contract.painting.limits import MIN_SIZE_PX
from worker.engine.options import StylizeOptions
from worker.engine.painting.content_and_styles import require_mask
from worker.engine.painting.controls import (
    CHANGEABLE_OF_STYLES,
    CHANGEABLE_OPTIONS,
    STYLE_WEIGHTS,
    Changes,
)
from worker.engine.painting.job import ContentAndStyles, Job
from worker.engine.styles import LateMask, Style, mask_name, regions


class Adopted(NamedTuple):
    """What holds now.

    Attributes:
        job: its paintings' weights and masks hold now; its options and ladder are those
            that it began with.
        options: that hold now.
        rungs: the ladder.
    """

    job: Job
    options: StylizeOptions
    rungs: tuple[Rung, ...]


def gives_targets(changes: Changes) -> bool:
    """Tell whether the paintings' targets are other after these."""
    return any(name in CHANGEABLE_OF_STYLES for name in changes)


def adopted(now: Adopted, changes: Changes, least: int) -> Adopted:
    """Return what holds after a change.

    Args:
        now: what holds before it.
        changes: by name.
        least: so many steps are taken in all, at least.

    Raises:
        ValueError: as many weights as paintings must come, a mask of the content's
            aspect, and one of the masks must leave a painting a place.
    """
    job, options, rungs = now
    others = {n: changes[n] for n in CHANGEABLE_OPTIONS if n in changes}
    if "steps" in others:
        steps = others.pop("steps")
        rungs = job.rungs
        if isinstance(steps, int | float):
            rungs = with_total_steps(rungs, int(steps), least)
    if gives_targets(changes):
        batch = tuple(_restyled(inputs, changes) for inputs in job.batch)
        job = replace(job, batch=batch)
    options = replace(options, **others)  # type: ignore[arg-type]  # checked by Controls
    return Adopted(job, options, rungs)


def _restyled(inputs: ContentAndStyles, changes: Changes) -> ContentAndStyles:
    weights = _weights_of(inputs, changes)
    styles = tuple(
        _restyled_one(inputs, index, weight, changes)
        for index, weight in enumerate(weights)
    )
    regions(styles, *fit(*inputs.palette.content_image.size, MIN_SIZE_PX))
    return replace(inputs, styles=styles)


def _weights_of(inputs: ContentAndStyles, changes: Changes) -> list[float]:
    if STYLE_WEIGHTS not in changes:
        return [each.weight for each in inputs.styles]
    found = changes[STYLE_WEIGHTS]
    if not isinstance(found, tuple | list):
        return [1.0] * len(inputs.styles)
    if len(found) != len(inputs.styles):
        raise ValueError(
            f"{len(found)} style_weights came for {len(inputs.styles)} paintings"
        )
    return [float(each) for each in found]


def _restyled_one(
    inputs: ContentAndStyles, index: int, weight: float, changes: Changes
) -> Style:
    style = replace(inputs.styles[index], weight=weight)
    name = mask_name(index)
    if name not in changes:
        return style
    found = changes[name]
    mask = found.read().convert("L") if isinstance(found, LateMask) else None
    require_mask("content", inputs.palette.content_image, mask)
    return replace(style, mask=mask)
