"""Pictures of ours as files."""

import io

from PIL import Image

from app.contract.srgb import SRGB_PROFILE
from worker.runners.runner import Jpeg

_PREVIEW_PX = 512
_PREVIEW_QUALITY = 85


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
