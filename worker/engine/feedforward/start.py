"""The fast picture as what the optimizing engine starts from.

A few steps at full size turn its stipple into strokes: the best picture for its time
between an instant and half a minute.
"""

import dataclasses
from collections.abc import Sequence

from PIL import Image

from app.contract.painting.choices import (
    STEPS_OF_FAST_PRESET,
    FastPreset,
    Start,
)
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.finish import with_kept
from worker.engine.feedforward.options import FastOptions
from worker.engine.feedforward.packs import Pack
from worker.engine.feedforward.styles import FastStyle
from worker.engine.images import framed, to_picture, to_tensor, unframed
from worker.engine.options import StylizeOptions
from worker.engine.painting.content_and_styles import content_and_styles_of
from worker.engine.painting.start import recolored
from worker.engine.styles import Style, regions

#: Steps of `quick_options`.
QUICK_STEPS = STEPS_OF_FAST_PRESET[FastPreset.QUICK]


def start_image(
    engine: FastEngine,
    content_image: Image.Image,
    styles: Sequence[Style],
    options: StylizeOptions,
    *,
    packs: Sequence[Pack | None] = (),
    keep_mask: Image.Image | None = None,
    check: InterruptionCheck = uninterrupted,
) -> Image.Image:
    """Return what the optimizing engine may start from: `StyleEngine.stylize`.

    It is the fast picture in the colours of the paintings, each in its region, as
    that engine's `options.start` `IMAGE` and `FAST` want it.

    Args:
        engine: with the arbitrary network.
        content_image: at least 32 px on each side.
        styles: as the optimizing engine gets them.
        options: likewise.
        packs: of the styles, in order; a painting's own network goes before the one
            for any. None at all: the latter for all of them.
        keep_mask: what of the content is kept (`KeepFinder.mask`).
        check: see `FastEngine.stylize`.

    Raises:
        ValueError: a picture is too small, or does not fit its mask.
        WeightsError: the network that finds what is kept is not here.
    """
    inputs = content_and_styles_of(
        content_image,
        tuple(styles),
        dataclasses.replace(options, start=Start.CONTENT),
        keep_mask=engine.finder.mask(content_image, options.keep, keep_mask),
    )
    palette = inputs.palette
    packs = packs or [None] * len(inputs.styles)
    fast = [
        FastStyle(image=image, pack=pack, weight=style.weight, mask=style.mask)
        for style, image, pack in zip(
            inputs.styles, palette.style_images, packs, strict=True
        )
    ]
    chosen = FastOptions(size_px=options.size_px)
    picture = engine.stylize(palette.content_image, fast, chosen, check=check)
    size = picture.size
    image = framed(to_tensor(picture, *size))
    paintings = [to_tensor(each, *each.size) for each in palette.style_images]
    places = regions(inputs.styles, *size)
    image = unframed(recolored(image, paintings, places))
    photograph = to_tensor(palette.content_image, *size)
    strength = options.keep_strength
    return to_picture(with_kept(image, photograph, inputs.keep_mask, strength))


def quick_options(options: StylizeOptions, steps: int = QUICK_STEPS) -> StylizeOptions:
    """Return options for a few steps at full size from `start_image`."""
    return dataclasses.replace(
        options,
        start=Start.IMAGE,
        steps=None,
        working_size_px=None,
        rungs=((options.size_px, steps),),
    )
