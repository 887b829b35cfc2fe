"""Reads a job's pictures, in the modes that the engine wants."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from PIL import Image

from app.contract.inputs import input_name, slot_and_number
from app.contract.kinds.image.fast import ResolvedFastParameters
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.painting.slots import PACK
from worker.engine import Style
from worker.runners.pictures import read_picture
from worker.runners.runner import Order

#: Of either engine.
AnyParams = TypeVar("AnyParams", ResolvedParameters, ResolvedFastParameters)
_MASKS = frozenset(slot.name for slot in IMAGE.slots if slot.is_mask)


class ImageInputs(NamedTuple):
    """The pictures that a picture is made from: RGB, masks L."""

    content_image: Image.Image
    styles: tuple[Style, ...]
    #: What the optimization starts from if that is an image.
    start_image: Image.Image | None
    #: White where the photograph is kept.
    keep_mask: Image.Image | None


def read_inputs(order: Order[AnyParams], check: Callable[[], None]) -> ImageInputs:
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
        pictures["content"],
        tuple(styles),
        pictures.get("init"),
        pictures.get("keep_mask"),
    )


def _pictures(
    order: Order[AnyParams], check: Callable[[], None]
) -> Iterator[tuple[str, Image.Image]]:
    for name in order.inputs:
        if slot_and_number(name)[0] == PACK:
            continue
        check()
        content = order.read(name)
        check()
        is_mask = slot_and_number(name)[0] in _MASKS
        yield name, read_picture(content, "L" if is_mask else "RGB")
