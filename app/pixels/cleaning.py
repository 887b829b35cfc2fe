"""The clean copy: of a picture RGB on white, of a mask grey on black."""

import io
from dataclasses import dataclass

from PIL import Image, ImageStat

from app.pixels.colors import ToSrgb
from app.pixels.flattening import Paper, Size, small_srgb
from app.pixels.picture import Picture

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
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


@dataclass(frozen=True)
class CleanCopy:
    """A PNG, and what is known of it.

    Attributes:
        white_share: how bright a mask is on the average, 1 for all white.
    """

    content: bytes
    width: int
    height: int
    white_share: float


def clean_copy(
    picture: Picture, size: Size, *, orientation: int, is_mask: bool
) -> CleanCopy:
    """Return what `clean_pixels` does as a file."""
    clean = clean_pixels(picture, size, orientation=orientation, is_mask=is_mask)
    white_share = ImageStat.Stat(clean).mean[0] / 255 if is_mask else 1.0
    return CleanCopy(_encode(clean), clean.width, clean.height, white_share)


def clean_pixels(
    picture: Picture, size: Size, *, orientation: int, is_mask: bool
) -> Image.Image:
    """Return the picture scaled to `size`, upright, without any metadata.

    Args:
        picture: decoded.
        size: before it is turned.
        orientation: EXIF's; what does not exist is ignored.
        is_mask: whether it becomes grey on black, without its color profile, because a
            mask's values are shares and no colors.
    """
    if is_mask:
        pixels = small_srgb(picture, size, Paper(_BLACK, ToSrgb(None))).convert("L")
    else:
        paper = Paper(_WHITE, ToSrgb.of(picture))
        pixels = small_srgb(picture, size, paper).convert("RGB")
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    # A new image has no EXIF, GPS, XMP, profile or comment.
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    return clean


def _encode(picture: Image.Image) -> bytes:
    """Return a lossless file; level 1 takes a quarter of the time for 5 % more."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
