"""A decoded picture becomes small and opaque: 8 bits of sRGB, on paper.

Band by band, so that only the decoder's own pixels ever exist at full size. What is
half transparent is laid on paper in sRGB: the paper is white there, whatever white is
in the picture's own colors.
"""

import math
from dataclasses import dataclass

from PIL import Image, ImageMath

from app.pixels.colors import ToSrgb
from app.pixels.picture import Picture

Color = tuple[int, int, int]
Size = tuple[int, int]
_LARGEST_BYTE = 255
#: Averaging whole blocks stops here; a better filter does the rest of the scaling.
_LEFT_FOR_LANCZOS = 1.25
#: Rows of the result that are made at a time.
_BAND_ROWS = 256
#: Modes that can be scaled as they are; of the others resizing would take neighbours.
_SMOOTH_MODES = frozenset({"L", "RGB", "CMYK"})
#: Without alpha these are grey; the others become RGB.
_GREYS = frozenset({"1", "L", "LA"})


@dataclass(frozen=True)
class Paper:
    """What a picture is laid on, and how its colors become those of the paper."""

    color: Color
    to_srgb: ToSrgb


def small_srgb(picture: Picture, size: Size, paper: Paper) -> Image.Image:
    """Return the picture on paper, RGB or grey, of `size`."""
    if _is_plain(picture):
        return paper.to_srgb.convert(_scaled(picture, size, paper))
    return _scaled(picture, size, paper)


def block_side(size: Size, wanted: Size) -> int:
    """Return how long the side of a block is that may become one pixel."""
    return max(1, int(max(size) / (_LEFT_FOR_LANCZOS * max(wanted))))


def fitted(size: Size, side_px: int) -> Size:
    """Return `size` scaled to a long side of at most `side_px`."""
    scale = min(1.0, side_px / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return width, height


def _is_plain(picture: Picture) -> bool:
    """Tell whether there is time for the color profile once the picture is small."""
    return not (picture.has_transparency_data or picture.mode.startswith("I"))


def _scaled(picture: Picture, size: Size, paper: Paper) -> Image.Image:
    factor = block_side(picture.size, size)
    flat = _flattened(picture, factor, paper)
    if flat.size == size:
        return flat
    # The last block of a row or column may be cut off: the box leaves that out.
    width, height = picture.size
    box = (0, 0, width / factor, height / factor)
    return flat.resize(size, Image.Resampling.LANCZOS, box=box)


def _flattened(picture: Picture, factor: int, paper: Paper) -> Image.Image:
    """Return the picture without alpha, palette or 16 bits, on paper.

    Blocks of `factor` x `factor` pixels are averaged on the way: converting the whole
    picture at once would take its memory three times over.
    """
    width, height = picture.size
    flat: Image.Image | None = None
    for top in range(0, height, _BAND_ROWS * factor):
        bottom = min(top + _BAND_ROWS * factor, height)
        band = _flat(picture.crop((0, top, width, bottom)), paper)
        if flat is None:
            size = math.ceil(width / factor), math.ceil(height / factor)
            flat = Image.new(band.mode, size)
        flat.paste(band.reduce(factor), (0, top // factor))
    if flat is None:
        raise ValueError("there are no pixels")
    return flat


def _flat(band: Image.Image, paper: Paper) -> Image.Image:
    """Return 8 bits a channel, opaque, in a mode whose neighbours may be averaged."""
    if band.mode.startswith("I"):
        return _flat_grey16(band, paper)
    key = band.info.get("transparency")
    if band.mode == "RGB" and isinstance(key, tuple) and max(key) > _LARGEST_BYTE:
        # Pillow keeps the high bytes of 16-bit pixels, but all of their color key.
        band.info["transparency"] = tuple(value >> 8 for value in key)
    if band.has_transparency_data:
        return _on_paper(band, paper)
    if band.mode in _SMOOTH_MODES:
        return band
    return band.convert("L" if band.mode == "1" else "RGB")


def _flat_grey16(band: Image.Image, paper: Paper) -> Image.Image:
    """Return 8 bits of 16; a value that stands for transparent becomes paper."""
    wide = band.convert("I")
    grey = paper.to_srgb.convert_grey16(wide)
    key = band.info.get("transparency")
    if isinstance(key, int):
        is_key = ImageMath.lambda_eval(
            lambda values: values["convert"](255 * (values["wide"] == key), "L"),
            wide=wide,
        )
        grey.paste(paper.color[0], mask=is_key)
    return grey


def _on_paper(band: Image.Image, paper: Paper) -> Image.Image:
    clear = band.convert("RGBA")
    opaque = band.convert("L") if band.mode in _GREYS else clear.convert("RGB")
    sheet = Image.new("RGB", band.size, paper.color)
    sheet.paste(paper.to_srgb.convert(opaque), mask=clear.getchannel("A"))
    return sheet
