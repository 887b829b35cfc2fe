"""Reads a clip's paintings."""

import io
from collections.abc import Callable

from PIL import Image

from app.contract.inputs import input_name
from app.contract.kinds.video.parameters import ResolvedClip
from worker.runners.runner import Order


def read_paintings(
    order: Order[ResolvedClip], check: Callable[[], None]
) -> tuple[Image.Image, ...]:
    """Return the paintings of a job, RGB.

    Args:
        order: names them.
        check: called before each is read.

    Raises:
        StoreError: One cannot be read, or is not stored any more.
    """
    paintings = []
    for number in range(len(order.params.style_weights)):
        check()
        content = order.read(input_name("style", number))
        picture = Image.open(io.BytesIO(content), formats=["PNG"])
        paintings.append(picture.convert("RGB"))
    return tuple(paintings)
