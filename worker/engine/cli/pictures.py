"""Pictures from files and into files, for the commands."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

#: What Pillow calls the formats we write, by suffix, and how it shall write them.
_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
}


def encoder(output: Path) -> Callable[[Image.Image], bytes]:
    """Return what turns a picture into the file's bytes; refuse unknown suffixes."""
    suffix = output.suffix.lower()
    if suffix not in _FORMATS:
        allowed = ", ".join(_FORMATS)
        raise ValueError(f"output is {str(output)!r}, must end in one of: {allowed}")
    if not output.parent.is_dir():
        raise ValueError(f"the folder {str(output.parent)!r} is not there")
    name, settings = _FORMATS[suffix]

    def encode(picture: Image.Image) -> bytes:
        buffer = io.BytesIO()
        picture.save(buffer, format=name, **settings)
        return buffer.getvalue()

    return encode


def open_picture(path: Path) -> Image.Image:
    """Return the decoded image.

    Raises:
        ValueError: it is no image, is damaged, or is not there.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return image
    except (OSError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(
            f"{str(path)!r} can not be read as an image: {error}"
        ) from error
