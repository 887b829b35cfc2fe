"""Sheets and curves for the notebook, with Pillow alone."""

import io
import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw

_GAP_PX = 6
_TEXT_PX = 16
_PAPER, _INK, _LINE = "white", "#333333", "#1f6fb4"
_CURVE_SIZE = (480, 200)
_MARGIN_PX = 28
_QUALITY = 85


def sheet(
    pictures: Sequence[tuple[str, Image.Image]], *, columns: int, width_px: int
) -> Image.Image:
    """Return pictures beside each other, each `width_px` wide, with words below."""
    cells = [_scaled(picture, width_px) for _, picture in pictures]
    height_px = max(cell.height for cell in cells) + _TEXT_PX
    rows = math.ceil(len(cells) / columns)
    page = Image.new(
        "RGB",
        (columns * (width_px + _GAP_PX), rows * (height_px + _GAP_PX)),
        _PAPER,
    )
    draw = ImageDraw.Draw(page)
    for index, ((words, _), cell) in enumerate(zip(pictures, cells, strict=True)):
        left = index % columns * (width_px + _GAP_PX)
        top = index // columns * (height_px + _GAP_PX)
        page.paste(cell, (left, top))
        draw.text((left, top + cell.height + 1), words, _INK)
    return page


def curve(values: Iterable[Sequence[float]], title: str) -> Image.Image:
    """Return lines over a common axis of steps, one after the other, by logarithm.

    Args:
        values: of each line, above 0; the lines follow each other.
        title: what is drawn.
    """
    lines = [[math.log10(value) for value in line] for line in values]
    least, most = min(map(min, lines)), max(map(max, lines))
    count = sum(map(len, lines))
    page = Image.new("RGB", _CURVE_SIZE, _PAPER)
    draw = ImageDraw.Draw(page)
    width, height = (side - 2 * _MARGIN_PX for side in _CURVE_SIZE)

    def place(index: int, value: float) -> tuple[float, float]:
        share = (value - least) / ((most - least) or 1)
        x = _MARGIN_PX + width * index / max(1, count - 1)
        return x, _MARGIN_PX + height * (1 - share)

    start = 0
    for line in lines:
        points = [place(start + index, value) for index, value in enumerate(line)]
        draw.line(points, _LINE, 2)
        start += len(line)
    draw.text((_MARGIN_PX, 6), title, _INK)
    draw.text((2, _MARGIN_PX), f"{10**most:.3g}", _INK)
    draw.text((2, _MARGIN_PX + height - 10), f"{10**least:.3g}", _INK)
    return page


def show(picture: Image.Image) -> None:
    """Show a picture in a notebook; elsewhere, say its size."""
    try:
        from IPython.display import Image as Shown  # noqa: PLC0415 - only there
        from IPython.display import display  # noqa: PLC0415
    except ImportError:
        print(f"a picture of {picture.width} x {picture.height} pixels")
        return
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    display(Shown(data=buffer.getvalue(), format="jpeg"))


def _scaled(picture: Image.Image, width_px: int) -> Image.Image:
    height_px = round(picture.height * width_px / picture.width)
    return picture.resize((width_px, height_px), Image.Resampling.LANCZOS)
