"""A contact sheet: photographs down the side, paintings along the top, results between.

Knows pictures as bytes, no jobs and no stores.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from app.renditions.pictures import PictureFormat

#: Side of a cell in pixels, and the paper between cells.
CELL_PX, GAP_PX = 256, 8
_PAPER, _BLANK = (255, 255, 255), (230, 230, 230)
_JPEG_QUALITY = 90

#: Returns a picture's bytes, or None if they are not there.
Read = Callable[[], bytes | None]
#: What a sheet can be made as.
FORMATS = (PictureFormat.JPEG, PictureFormat.PNG)


@dataclass(frozen=True)
class Grid:
    """What is where on the sheet.

    Attributes:
        contents: the photographs, one a row.
        styles: the paintings, one a column.
        results: row by row, as many as photographs times paintings.
    """

    contents: Sequence[Read]
    styles: Sequence[Read]
    results: Sequence[Read]


def make_sheet(grid: Grid, kind: PictureFormat) -> bytes:
    """Return the file; a cell whose picture is not there is grey.

    One picture after the other is decoded, so that only the sheet is large.
    """
    columns, rows = len(grid.styles) + 1, len(grid.contents) + 1
    pitch = CELL_PX + GAP_PX
    size = (columns * pitch + GAP_PX, rows * pitch + GAP_PX)
    sheet = Image.new("RGB", size, _PAPER)

    def put(column: int, row: int, read: Read) -> None:
        cell = _cell(read())
        left = GAP_PX + column * pitch + (CELL_PX - cell.width) // 2
        top = GAP_PX + row * pitch + (CELL_PX - cell.height) // 2
        sheet.paste(cell, (left, top))

    for column, read in enumerate(grid.styles, 1):
        put(column, 0, read)
    for row, read in enumerate(grid.contents, 1):
        put(0, row, read)
    for place, read in enumerate(grid.results):
        row, column = divmod(place, len(grid.styles))
        put(column + 1, row + 1, read)
    return _encode(sheet, kind)


def _cell(content: bytes | None) -> Image.Image:
    if content is None:
        return Image.new("RGB", (CELL_PX, CELL_PX), _BLANK)
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        small = picture.convert("RGB")
    small.thumbnail((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
    return small


def _encode(sheet: Image.Image, kind: PictureFormat) -> bytes:
    buffer = io.BytesIO()
    sheet.save(buffer, kind.name, quality=_JPEG_QUALITY)
    return buffer.getvalue()
