"""Pictures made as small as the service takes them, as its page does before it sends.

What phones take may be larger, and no result needs so many pixels.
"""

import importlib
import io
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from app.client import ClientError, FileError, ImpastoClient
from app.terminal.recognition import head_of, media_type_of, words_of

if TYPE_CHECKING:
    from PIL import Image

#: Every service takes a file and a picture as small as that, of a kind of the first
#: hour: it need not be asked.
_SURELY_TAKEN, _SMALL = frozenset({"image/jpeg", "image/png", "image/webp"}), 2**16
#: As the page: what is made smaller at all has no more pixels than that.
_MOST_PIXELS = 16_000_000
_QUALITY = 92
#: What is larger is not decoded: a gibibyte and a half.
_MOST_DECODED = 2**29
_ORIENTATION = 0x0112
#: Each further attempt, if the file is still too large, has half the pixels.
_ATTEMPTS = 8
#: Paintings come again with every photograph.
_KEPT = 8


class _Limits(BaseModel):
    max_image_bytes: int = 2**63
    max_image_pixels: int = 2**63
    max_image_pixels_by_type: Mapping[str, int] = {}

    def pixels_of(self, media_type: str | None) -> int:
        """Return how many pixels a picture of a kind may have."""
        return self.max_image_pixels_by_type.get(
            media_type or "", self.max_image_pixels
        )


class _Formats(BaseModel):
    input: frozenset[str] = _SURELY_TAKEN


class Terms(BaseModel):
    """What a service says of pictures; what it does not say bounds nothing."""

    limits: _Limits = _Limits()
    formats: _Formats = _Formats()


class Fitting:
    """Hands out pictures as they are sent: a path, or the bytes of a smaller one."""

    def __init__(self, client: ImpastoClient, say: Callable[[str], None]) -> None:
        """Ask nothing yet."""
        self._client = client
        self._say = say
        self._terms: Terms | None = None
        self.fitted = lru_cache(maxsize=_KEPT)(self._fitted)

    def _fitted(self, path: Path) -> Path | bytes:
        """Return the file's path, or a smaller picture's bytes.

        Raises:
            FileError: It cannot be read, or not be made smaller.
        """
        try:
            media_type, size_bytes = media_type_of(head_of(path)), path.stat().st_size
            size = None if media_type is None else picture_size(path)
        except (OSError, ValueError) as error:
            raise FileError(f"cannot read {path}: {words_of(error)}") from error
        if size is None:  # left to the service to judge
            return path
        pixels = math.prod(size)
        if media_type in _SURELY_TAKEN and max(size_bytes, pixels) <= _SMALL:
            return path
        terms = self._asked()
        if media_type not in terms.formats.input:
            return self._redrawn(path, terms, "of a kind the service does not take")
        if pixels > terms.limits.pixels_of(media_type):
            return self._redrawn(path, terms, f"of {pixels / 1e6:.1f} megapixels")
        if size_bytes > terms.limits.max_image_bytes:
            return self._redrawn(path, terms, f"of {size_bytes / 2**20:.1f} MiB")
        return path

    def _redrawn(self, path: Path, terms: Terms, why: str) -> bytes:
        most = min(_MOST_PIXELS, terms.limits.max_image_pixels)
        for _ in range(_ATTEMPTS):
            try:
                content, (width, height) = redrawn(path, most)
            except (OSError, ValueError, SyntaxError) as error:
                raise FileError(f"cannot make {path} smaller: {error}") from error
            if len(content) <= terms.limits.max_image_bytes:
                break
            most = width * height // 2
        self._say(f"{path} is {why}: sent as {width}x{height} pixels")
        return content

    def _asked(self) -> Terms:
        """Return the service's terms; one that tells none takes everything."""
        if self._terms is None:
            try:
                told: Mapping[str, object] = self._client.capabilities().model_dump()
                self._terms = Terms.model_validate(told)
            except (ClientError, ValidationError):
                self._terms = Terms()
        return self._terms


def redrawn(path: Path, most_pixels: int) -> tuple[bytes, tuple[int, int]]:
    """Return a file of the picture with so many pixels at most, and its size.

    Upright, with its colour profile, without what else a camera writes down. JPEG, or
    PNG if it is transparent anywhere.

    Raises:
        OSError, ValueError, SyntaxError: It is damaged, or far too large.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - most commands do without

    with _opened(path) as picture:
        pixels = math.prod(picture.size)
        if pixels > _MOST_DECODED:
            raise ValueError(f"it has {pixels / 1e6:.0f} megapixels")
        scale = min(1.0, math.sqrt(most_pixels / pixels))
        width, height = (max(1, math.floor(side * scale)) for side in picture.size)
        picture.draft(None, (width, height))  # a JPEG is decoded no larger than needed
        plain = _plain(picture).resize((width, height), Image.Resampling.LANCZOS)
        profile = picture.info.get("icc_profile")
        plain.getexif()[_ORIENTATION] = picture.getexif().get(_ORIENTATION, 1)
        upright = ImageOps.exif_transpose(plain)
    file = io.BytesIO()
    if upright.mode in {"LA", "RGBA"}:
        upright.save(file, "PNG", icc_profile=profile, exif=b"")
    else:
        upright.save(file, "JPEG", icc_profile=profile, exif=b"", quality=_QUALITY)
    return file.getvalue(), upright.size


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return a picture's width and height; None if it cannot be told here.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        with _opened(path) as picture:
            return picture.size
    except (SyntaxError, ValueError):
        return None
    except OSError as error:
        if error.errno is None:  # Pillow's own, of what is damaged
            return None
        raise


def _opened(path: Path) -> "Image.Image":
    """Return the picture, undecoded; its owner means it, however large it is."""
    from PIL import Image  # noqa: PLC0415 - as above

    _learn_heif()
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        return Image.open(path)
    finally:
        Image.MAX_IMAGE_PIXELS = before


@lru_cache(maxsize=1)
def _learn_heif() -> None:
    """Let Pillow read HEIC where what does so is installed."""
    try:
        pi_heif = importlib.import_module("pi_heif")
    except ImportError:
        return
    pi_heif.register_heif_opener()


def _plain(picture: "Image.Image") -> "Image.Image":
    """Return the picture in 8 bits without a palette; its profile still holds."""
    if picture.mode.startswith("I"):
        # Pillow clips 16 bits at 255 instead of scaling them.
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    is_gray = picture.mode in {"1", "L", "LA"}
    if picture.has_transparency_data:
        return picture.convert("LA" if is_gray else "RGBA")
    if picture.mode == "CMYK":
        return picture
    return picture.convert("L" if is_gray else "RGB")
