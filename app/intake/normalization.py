"""Any accepted picture becomes a plain PNG: 8-bit sRGB, upright, no metadata.

A mask becomes 8-bit grey.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, JpegImagePlugin

from app.contract.inputs import Facts
from app.intake.inspection import (
    PictureHeader,
    inspect_picture,
    open_picture,
    refusal,
    require_size,
    unreadable,
)
from app.intake.jpeg import is_lossless_jpeg, is_plausible_jpeg
from app.intake.kinds import ImageKind
from app.intake.png import is_whole_png
from app.intake.rules import IntakeRules
from app.pixels.cleaning import CleanCopy, clean_copy, clean_pixels
from app.pixels.flattening import Size, block_side, fitted
from app.pixels.isolation import Order, UndecodableError, decode_apart
from app.pixels.webp import decode_webp
from app.problems import ProblemCode

MEDIA_TYPE = "image/png"

_ORIENTATION_TAG = 0x0112
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

    @property
    def facts(self) -> Facts:
        """What is known of it."""
        return {"width": self.width, "height": self.height}


def normalize_picture(
    file: BinaryIO, *, field: str, rules: IntakeRules
) -> NormalizedPicture:
    """Decode a picture fully and return its clean copy.

    It is inspected once more, so that nobody decodes what was not.

    Raises:
        ProblemError: The picture breaks a rule or is damaged.
    """
    return _normalized(file, field, rules, is_mask=False)


def clean_picture(file: BinaryIO, *, field: str, rules: IntakeRules) -> Image.Image:
    """Return what `normalize_picture` does as pixels: for those who store others.

    Raises:
        ProblemError: The picture breaks a rule or is damaged.
    """
    header = inspect_picture(file, field=field, rules=rules)
    if header.heif is None:
        with _decoded_here(file, header, field, rules) as decoded:
            size = fitted(header.size, rules.stored_side_px)
            orientation = _orientation(decoded)
            return clean_pixels(decoded, size, orientation=orientation, is_mask=False)
    clean = _clean_apart(file, header, field, rules, is_mask=False)
    return Image.open(io.BytesIO(clean.content))


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
    return _normalized(file, field, rules, is_mask=True)


def _normalized(
    file: BinaryIO, field: str, rules: IntakeRules, *, is_mask: bool
) -> NormalizedPicture:
    header = inspect_picture(file, field=field, rules=rules)
    if header.heif is None:
        clean = _clean_here(file, header, field, rules, is_mask=is_mask)
    else:
        clean = _clean_apart(file, header, field, rules, is_mask=is_mask)
    if is_mask:
        _require_white(clean, field)
    sha256 = hashlib.sha256(clean.content).hexdigest()
    return NormalizedPicture(clean.content, sha256, clean.width, clean.height)


def _clean_here(
    file: BinaryIO,
    header: PictureHeader,
    field: str,
    rules: IntakeRules,
    *,
    is_mask: bool,
) -> CleanCopy:
    """Return the copy of a picture that a decoder of pictures alone can read."""
    with _decoded_here(file, header, field, rules) as decoded:
        size = fitted(header.size, rules.stored_side_px)
        orientation = _orientation(decoded)
        return clean_copy(decoded, size, orientation=orientation, is_mask=is_mask)


@contextmanager
def _decoded_here(
    file: BinaryIO, header: PictureHeader, field: str, rules: IntakeRules
) -> Iterator[Image.Image]:
    """Yield the pixels; whatever is raised meanwhile means that it is damaged."""
    is_whole = _IS_WHOLE.get(header.kind)
    if is_whole is not None and not is_whole(file):
        raise unreadable(field)
    with open_picture(file, header.kind, field, rules) as picture:
        size = fitted(picture.size, rules.stored_side_px)
        # Before anybody asks for EXIF: that decodes a PNG, and hides its damage.
        yield _decoded(picture, file, size, rules)


def _clean_apart(
    file: BinaryIO,
    header: PictureHeader,
    field: str,
    rules: IntakeRules,
    *,
    is_mask: bool,
) -> CleanCopy:
    """Return the copy of a picture whose decoder is one of videos."""
    if header.heif is None:
        raise TypeError("it has no boxes")
    order = Order(
        is_av1=header.kind is ImageKind.AVIF,
        side_px=rules.stored_side_px,
        is_mask=is_mask,
        nclx=header.heif.nclx,
    )
    file.seek(0)
    try:
        decoded = decode_apart(file.read(), order)
    except UndecodableError as error:
        raise unreadable(field) from error
    # What is cut away by a clean aperture is not known before.
    require_size(decoded.size, field, rules, header.kind)
    return decoded.clean


def _decoded(
    picture: Image.Image, file: BinaryIO, size: Size, rules: IntakeRules
) -> Image.Image:
    """Return the picture with its pixels, fewer if a JPEG has far more than wanted."""
    if picture.format == ImageKind.WEBP:
        file.seek(0)
        decoded = decode_webp(file.read(), picture)
        if decoded is not None:
            return decoded
    # One of several pictures has a format of its own, but is a JPEG.
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        _decode_smaller(picture, file, size, rules)
    picture.load()
    return picture


def _decode_smaller(
    picture: Image.Image, file: BinaryIO, size: Size, rules: IntakeRules
) -> None:
    """Have libjpeg average blocks of pixels while it decodes, where that will do.

    It keeps the coefficients of a picture of several scans, 2 bytes each, beside its
    pixels: for 40 megapixels of CMYK 480 MB together, of which this saves 120.
    """
    width, height = picture.size
    factor = block_side(picture.size, size)
    coefficient_bytes = 2 * width * height * len(picture.getbands())
    if coefficient_bytes > _MOST_COEFFICIENT_BYTES or width * height > rules.max_pixels:
        factor = max(2, factor)
    if factor > 1 and not is_lossless_jpeg(file):
        # The largest of 1, 2, 4 and 8 that leaves at least so many pixels.
        picture.draft(None, (width // factor, height // factor))


def _require_white(mask: CleanCopy, field: str) -> None:
    """Refuse a mask that hardly lets anything through: there is nothing to paint."""
    share = mask.white_share
    if share < _LEAST_WHITE:
        detail = (
            f"{field} is black: {100 * share:.2g} % of it is white, at least "
            f"{100 * _LEAST_WHITE:g} % must be."
        )
        raise refusal(ProblemCode.MASK_EMPTY, field, detail, _LEAST_WHITE, share)


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION_TAG)
    # Damaged EXIF must not spoil a good picture, and its parser may raise anything.
    except Exception:  # noqa: BLE001
        return 1
    return value if isinstance(value, int) else 1
