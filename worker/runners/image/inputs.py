"""Reads a job's pictures, in the modes that the engine wants."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from app.contract.inputs import input_name, slot_and_number
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import ResolvedParameters
from worker.engine import Style
from worker.runners.runner import Order

_MASKS = frozenset(slot.name for slot in IMAGE.slots if slot.is_mask)


@dataclass(frozen=True, kw_only=True)
class ImageInputs:
    """The pictures that a picture is made from.

    Attributes:
        content_image: RGB.
        styles: at least one; images RGB, masks L.
        start_image: RGB, what the optimization starts from if that is an image.
    """

    content_image: Image.Image
    styles: tuple[Style, ...]
    start_image: Image.Image | None


def read_inputs(
    order: Order[ResolvedParameters], check: Callable[[], None]
) -> ImageInputs:
    """Return the pictures that the job names.

    Args:
        order: what to make.
        check: called before each picture is read, and before it is decoded.

    Raises:
        StoreError: One cannot be read, or is not stored any more.
    """
    pictures = dict(_pictures(order, check))
    styles = (
        Style(
            image=pictures[input_name("style", number)],
            weight=weight,
            mask=pictures.get(input_name("mask", number)),
            image_mask=pictures.get(input_name("style_mask", number)),
        )
        for number, weight in enumerate(order.params.style_weights)
    )
    return ImageInputs(
        content_image=pictures["content"],
        styles=tuple(styles),
        start_image=pictures.get("init"),
    )


def _pictures(
    order: Order[ResolvedParameters], check: Callable[[], None]
) -> Iterator[tuple[str, Image.Image]]:
    for name in order.inputs:
        check()
        content = order.read(name)
        check()
        picture = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
        is_mask = slot_and_number(name)[0] in _MASKS
        yield name, picture.convert("L" if is_mask else "RGB")
