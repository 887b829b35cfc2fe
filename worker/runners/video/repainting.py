"""One frame in the manner of paintings, in one pass of the fast network."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from app.contract.inputs import input_name
from app.contract.kinds.video.parameters import ResolvedVideoParameters
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle
from worker.engine.video.frames import Pixels
from worker.runners.runner import Order

Repaint = Callable[[Pixels], Pixels]


def repainter(
    engine: FastEngine,
    order: Order[ResolvedVideoParameters],
    check: Callable[[], None],
) -> Repaint:
    """Return what paints one frame alone; the paintings are looked at once.

    Args:
        engine: the networks.
        order: with the paintings.
        check: called many times a second.
    """
    params = order.params
    styles = []
    for number, weight in enumerate(params.style_weights):
        check()
        content = order.read(input_name("style", number))
        painting = Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGB")
        pack = engine.pack_of(painting, f"style {number + 1}")
        styles.append(FastStyle(pack=pack, weight=weight))

    def repaint(pixels: Pixels) -> Pixels:
        options = FastOptions(
            size_px=max(pixels.shape),
            style_strength=params.style_strength,
            style_scale=params.style_scale,
            color=params.color,
        )
        frame = Image.fromarray(pixels)
        return np.asarray(engine.stylize(frame, styles, options, check=check))

    return repaint
