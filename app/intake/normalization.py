"""Any accepted picture becomes a plain PNG: 8-bit sRGB, upright, no metadata.

A mask becomes 8-bit grey.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageStat, JpegImagePlugin

from app.intake.colors import ToSrgb
from app.intake.flattening import Paper, Size, block_side, fitted, small_srgb
from app.intake.inspection import inspect_picture, open_picture, refusal, unreadable
from app.intake.jpeg import is_lossless_jpeg, is_plausible_jpeg
from app.intake.kinds import ImageKind
from app.intake.png import is_whole_png
from app.intake.rules import IntakeRules
from app.intake.webp import decode_webp
from app.problems import ProblemCode

MEDIA_TYPE = "image/png"

_WHITE = (255, 255, 255)
_BLACK = (0, 0, 0)
_ORIENTATION_TAG = 0x0112
_T = Image.Transpose
#: EXIF orientation: what makes the picture upright.
_UPRIGHT = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}
#: What decoders do not miss.
_IS_WHOLE = {ImageKind.PNG: is_whole_png, ImageKind.JPEG: is_plausible_jpeg}
#: So much may libjpeg keep of a picture at its full size.
_MOST_COEFFICIENT_BYTES = 192 * 2**20
#: Ten times what the engine needs to take statistics at all.
_LEAST_WHITE = 0.001


@dataclass(frozen=True)
class NormalizedPicture:
    """The copy that is stored; `sha256` is of `content`."""

    content: bytes
    sha256: str
    width: int
    height: int
    media_type: str = MEDIA_TYPE


def normalize_picture(
    file: BinaryIO, *, field: str, rules: IntakeRules
) -> NormalizedPicture:
    """Decode a picture fully and return its clean copy.

    It is inspected once more, so that nobody decodes what was not.

    Raises:
        ProblemError: The picture breaks a rule or is damaged.
    """
    return _normalized(file, field, rules, _clean_copy)


def normalize_mask(
    file: BinaryIO, *, field: str, rules: IntakeRules
) -> NormalizedPicture:
    """Decode a mask fully and return its clean copy: white is there, black is not.

    What is transparent is not there, so that a mask may be painted in white on a
    transparent layer. Colours count by their lightness (ITU-R BT.601 luma); a color
    profile is not applied, because a mask's values are shares and no colours.

    Raises:
        ProblemError: The mask breaks a rule or is damaged.
    """
    return _normalized(file, field, rules, _clean_mask)


def _normalized(
    file: BinaryIO,
    field: str,
    rules: IntakeRules,
    clean_copy: Callable[[Image.Image, Size], Image.Image],
) -> NormalizedPicture:
    header = inspect_picture(file, field=field, rules=rules)
    is_whole = _IS_WHOLE.get(header.kind)
    if is_whole is not None and not is_whole(file):
        raise unreadable(field)
    with open_picture(file, header.kind, field, rules) as picture:
        size = fitted(picture.size, rules.stored_side_px)
        clean = clean_copy(_decoded(picture, file, size), size)
    if clean.mode == "L":
        _require_white(clean, field)
    content = _encode(clean)
    return NormalizedPicture(
        content, hashlib.sha256(content).hexdigest(), clean.width, clean.height
    )


def _decoded(picture: Image.Image, file: BinaryIO, size: Size) -> Image.Image:
    """Return the picture with its pixels, fewer if a JPEG has far more than wanted."""
    if picture.format == ImageKind.WEBP:
        file.seek(0)
        decoded = decode_webp(file.read(), picture)
        if decoded is not None:
            return decoded
    # One of several pictures has a format of its own, but is a JPEG.
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        _decode_smaller(picture, file, size)
    picture.load()
    return picture


def _decode_smaller(picture: Image.Image, file: BinaryIO, size: Size) -> None:
    """Have libjpeg average blocks of pixels while it decodes, where that will do.

    It keeps the coefficients of a picture of several scans, 2 bytes each, beside its
    pixels: for 40 megapixels of CMYK 480 MB together, of which this saves 120.
    """
    width, height = picture.size
    factor = block_side(picture.size, size)
    if 2 * width * height * len(picture.getbands()) > _MOST_COEFFICIENT_BYTES:
        factor = max(2, factor)
    if factor > 1 and not is_lossless_jpeg(file):
        # The largest of 1, 2, 4 and 8 that leaves at least so many pixels.
        picture.draft(None, (width // factor, height // factor))


def _require_white(mask: Image.Image, field: str) -> None:
    """Refuse a mask that hardly lets anything through: there is nothing to paint."""
    share = ImageStat.Stat(mask).mean[0] / 255
    if share < _LEAST_WHITE:
        detail = (
            f"{field} is black: {100 * share:.2g} % of it is white, at least "
            f"{100 * _LEAST_WHITE:g} % must be."
        )
        raise refusal(ProblemCode.MASK_EMPTY, field, detail, _LEAST_WHITE, share)


def _clean_copy(picture: Image.Image, size: Size) -> Image.Image:
    paper = Paper(_WHITE, ToSrgb.of(picture))
    pixels = small_srgb(picture, size, paper).convert("RGB")
    return _bare(pixels, _orientation(picture))


def _clean_mask(picture: Image.Image, size: Size) -> Image.Image:
    paper = Paper(_BLACK, ToSrgb(None))
    pixels = small_srgb(picture, size, paper).convert("L")
    return _bare(pixels, _orientation(picture))


def _bare(pixels: Image.Image, orientation: int) -> Image.Image:
    """Return a new image, upright, without EXIF, GPS, XMP, profile or comment."""
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION_TAG)
    # Damaged EXIF must not spoil a good picture, and its parser may raise anything.
    except Exception:  # noqa: BLE001
        return 1
    return value if isinstance(value, int) else 1


def _encode(picture: Image.Image) -> bytes:
    """Return a lossless file; level 1 takes a quarter of the time for 5 % more."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
