"""Any accepted picture becomes a plain PNG: 8-bit sRGB, upright, no metadata.

A mask becomes 8-bit grey. Memory is kept low: only the decoder's own pixels ever exist
at full size.
"""

import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageCms, ImageMath, ImageStat, JpegImagePlugin

from app.intake.inspection import inspect_picture, open_picture, refusal, unreadable
from app.intake.jpeg import is_lossless_jpeg, is_plausible_jpeg
from app.intake.kinds import ImageKind
from app.intake.png import is_whole_png
from app.intake.rules import IntakeRules
from app.intake.webp import decode_webp
from app.problems import ProblemCode

MEDIA_TYPE = "image/png"

_Color = tuple[int, int, int]
_Size = tuple[int, int]
_WHITE = (255, 255, 255)
_LARGEST_BYTE = 255
_BLACK = (0, 0, 0)
#: Larger profiles are not looked at: real ones have some kilobytes.
_MAX_PROFILE_BYTES = 4 * 2**20
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
#: Averaging whole blocks stops here; a better filter does the rest of the scaling.
_LEFT_FOR_LANCZOS = 1.25
#: What decoders do not miss.
_IS_WHOLE = {ImageKind.PNG: is_whole_png, ImageKind.JPEG: is_plausible_jpeg}
#: So much may libjpeg keep of a picture at its full size.
_MOST_COEFFICIENT_BYTES = 192 * 2**20
#: Rows of the result that are made at a time.
_BAND_ROWS = 256
#: Ten times what the engine needs to take statistics at all.
_LEAST_WHITE = 0.001
#: Modes that can be scaled as they are; of the others resizing would take neighbours.
_SMOOTH_MODES = frozenset({"L", "RGB", "CMYK"})


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
    clean_copy: Callable[[Image.Image, _Size], Image.Image],
) -> NormalizedPicture:
    header = inspect_picture(file, field=field, rules=rules)
    is_whole = _IS_WHOLE.get(header.kind)
    if is_whole is not None and not is_whole(file):
        raise unreadable(field)
    with open_picture(file, header.kind, field, rules) as picture:
        size = _fitted(picture.size, rules.stored_side_px)
        clean = clean_copy(_decoded(picture, file, size), size)
    if clean.mode == "L":
        _require_white(clean, field)
    content = _encode(clean)
    return NormalizedPicture(
        content, hashlib.sha256(content).hexdigest(), clean.width, clean.height
    )


def _decoded(picture: Image.Image, file: BinaryIO, size: _Size) -> Image.Image:
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


def _decode_smaller(picture: Image.Image, file: BinaryIO, size: _Size) -> None:
    """Have libjpeg average blocks of pixels while it decodes, where that will do.

    It keeps the coefficients of a picture of several scans, 2 bytes each, beside its
    pixels: for 40 megapixels of CMYK 480 MB together, of which this saves 120.
    """
    width, height = picture.size
    factor = _block_side(picture.size, size)
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


def _clean_copy(picture: Image.Image, size: _Size) -> Image.Image:
    orientation, profile = _orientation(picture), picture.info.get("icc_profile")
    pixels = _to_srgb(_scaled_flat(picture, size, _WHITE), profile)
    return _bare(pixels, orientation)


def _clean_mask(picture: Image.Image, size: _Size) -> Image.Image:
    orientation = _orientation(picture)
    return _bare(_scaled_flat(picture, size, _BLACK).convert("L"), orientation)


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


def _scaled_flat(picture: Image.Image, size: _Size, paper: _Color) -> Image.Image:
    """Return the picture on paper, 8 bits a channel, of `size`."""
    factor = _block_side(picture.size, size)
    flat = _flattened(picture, factor, paper)
    if flat.size == size:
        return flat
    # The last block of a row or column may be cut off: the box leaves that out.
    box = (0, 0, picture.width / factor, picture.height / factor)
    return flat.resize(size, Image.Resampling.LANCZOS, box=box)


def _flattened(picture: Image.Image, factor: int, paper: _Color) -> Image.Image:
    """Return the picture without alpha, palette or 16 bits, on paper.

    Band by band, blocks of `factor` x `factor` pixels averaged on the way: converting
    the whole picture at once would take its memory three times over.
    """
    width, height = (math.ceil(side / factor) for side in picture.size)
    flat: Image.Image | None = None
    for top in range(0, picture.height, _BAND_ROWS * factor):
        bottom = min(top + _BAND_ROWS * factor, picture.height)
        band = _flat(picture.crop((0, top, picture.width, bottom)), paper)
        flat = flat or Image.new(band.mode, (width, height))
        flat.paste(band.reduce(factor), (0, top // factor))
    return flat or picture


def _flat(band: Image.Image, paper: _Color) -> Image.Image:
    """Return 8 bits a channel, opaque, in a mode whose neighbours may be averaged."""
    if band.mode.startswith("I"):
        return _flat_grey16(band, paper)
    key = band.info.get("transparency")
    if band.mode == "RGB" and isinstance(key, tuple) and max(key) > _LARGEST_BYTE:
        # Pillow keeps the high bytes of 16-bit pixels, but all of their color key.
        band.info["transparency"] = tuple(value >> 8 for value in key)
    if band.has_transparency_data:
        return _on(paper, band.convert("RGBA"))
    if band.mode in _SMOOTH_MODES:
        return band
    return band.convert("L" if band.mode == "1" else "RGB")


def _flat_grey16(band: Image.Image, paper: _Color) -> Image.Image:
    """Return 8 bits of 16; a value that stands for transparent becomes paper."""
    wide = band.convert("I")
    # Pillow clips 16 bits at 255 instead of scaling them. Source: tried on 13.0.
    grey = wide.point(lambda value: value * (1 / 256)).convert("L")
    key = band.info.get("transparency")
    if isinstance(key, int):
        is_key = ImageMath.lambda_eval(
            lambda values: values["convert"](255 * (values["wide"] == key), "L"),
            wide=wide,
        )
        grey.paste(paper[0], mask=is_key)
    return grey


def _on(paper: _Color, picture: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", picture.size, paper)
    sheet.paste(picture, mask=picture.getchannel("A"))
    return sheet


def _block_side(size: _Size, wanted: _Size) -> int:
    """Return how long the side of a block is that may become one pixel."""
    return max(1, int(max(size) / (_LEFT_FOR_LANCZOS * max(wanted))))


def _fitted(size: _Size, side_px: int) -> _Size:
    """Return `size` scaled to a long side of at most `side_px`."""
    scale = min(1.0, side_px / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def _to_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """Return RGB; a profile that is damaged or of another kind is ignored."""
    if isinstance(profile, bytes) and 0 < len(profile) <= _MAX_PROFILE_BYTES:
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _encode(picture: Image.Image) -> bytes:
    """Return a lossless file; level 1 takes a quarter of the time for 5 % more."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
