"""A job's pictures as they are read, and pictures of ours as files."""

import io
from collections.abc import Callable
from functools import partial

from PIL import Image

from app.contract.inputs import input_name
from app.contract.kind import Params
from app.contract.srgb import SRGB_PROFILE
from worker.runners.runner import FinishedFile, Jpeg, Order

_PREVIEW_PX = 512
_PREVIEW_QUALITY = 85


def read_picture(content: bytes, mode: str = "RGB") -> Image.Image:
    """Return a picture that was cleaned when it was accepted: opaque, upright, sRGB.

    Args:
        content: of the file.
        mode: Pillow's name: L for a mask.
    """
    return Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]).convert(mode)


def read_paintings(
    order: Order[Params], styles: int, check: Callable[[], None]
) -> tuple[Image.Image, ...]:
    """Return the paintings of a job, RGB.

    Args:
        order: names them.
        styles: how many there are.
        check: called before each is read.

    Raises:
        StoreError: One cannot be read, or is not stored any more.
    """
    paintings = []
    for number in range(styles):
        check()
        paintings.append(read_picture(order.read(input_name("style", number))))
    return tuple(paintings)


def small_jpeg(picture: Image.Image) -> Jpeg:
    """Return a picture of our own, made smaller if it is large."""
    picture.thumbnail((_PREVIEW_PX, _PREVIEW_PX))
    content = encoded(picture, "JPEG", quality=_PREVIEW_QUALITY)
    return Jpeg(content, *picture.size)


def encoded(picture: Image.Image, form: str, **options: int) -> bytes:
    """Return the file of a picture.

    Args:
        picture: in sRGB.
        form: Pillow's name of the format.
        options: of its encoder.
    """
    file = io.BytesIO()
    picture.save(file, form, icc_profile=SRGB_PROFILE, **options)
    return file.getvalue()


def png_file(picture: Image.Image) -> FinishedFile:
    """Return a finished picture as a PNG that is not encoded yet."""
    return FinishedFile(
        media_type="image/png",
        to_bytes=partial(encoded, picture, "PNG"),
        facts={"width": picture.width, "height": picture.height},
    )
