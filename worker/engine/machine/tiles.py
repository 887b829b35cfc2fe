"""How a picture is cut into tiles that together see exactly what the whole sees.

A pure function of integers; knows no network and no loss. Each tile has a window
that is wider by a margin; only its own part of each feature map counts, and there the
window's edges can not be felt.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels of the whole picture.

    Attributes:
        start: of the tile itself, a multiple of the grid.
        stop: one past its end.
        window_start: of its window, likewise.
        window_stop: one past that.
    """

    start: int
    stop: int
    window_start: int
    window_stop: int

    def within_window(self, stride: int) -> slice:
        """Where the tile lies on a map of its window, one position each `stride` px."""
        first = (self.start - self.window_start) // stride
        return slice(first, first + self._length(stride))

    def within_whole(self, stride: int) -> slice:
        """Where the tile lies on a map of the whole picture."""
        first = self.start // stride
        return slice(first, first + self._length(stride))

    def _length(self, stride: int) -> int:
        return -(-self.stop // stride) - self.start // stride


@dataclass(frozen=True)
class Tile:
    """A rectangle of the picture and the window through which it is seen."""

    down: Span
    across: Span

    def window(self, image: Tensor) -> Tensor:
        """Return the part of (N, C, H, W) of the tile's window, a view."""
        down, across = self.down, self.across
        return image[
            ...,
            down.window_start : down.window_stop,
            across.window_start : across.window_stop,
        ]

    def own(self, window_maps: Tensor, stride: int) -> Tensor:
        """Return the tile's own part of a window's feature maps, a view."""
        rows, columns = self.down, self.across
        return window_maps[
            ..., rows.within_window(stride), columns.within_window(stride)
        ]

    def part(self, whole_maps: Tensor, stride: int) -> Tensor:
        """Return the tile's part of the whole picture's feature maps, a view."""
        rows, columns = self.down, self.across
        return whole_maps[..., rows.within_whole(stride), columns.within_whole(stride)]


def cut(
    height_px: int, width_px: int, tile_px: int, margin_px: int, grid_px: int
) -> list[Tile]:
    """Return the tiles of a picture, row by row.

    Args:
        height_px: of the picture.
        width_px: likewise.
        tile_px: greatest side of a tile, a multiple of the grid.
        margin_px: how far a tile has to see, likewise.
        grid_px: windows that begin at its multiples pool the same pixels together.
    """
    return [
        Tile(down, across)
        for down in _spans(height_px, tile_px, margin_px, grid_px)
        for across in _spans(width_px, tile_px, margin_px, grid_px)
    ]


def whole(height_px: int, width_px: int) -> list[Tile]:
    """Return one tile that is the picture."""
    return [Tile(Span(0, height_px, 0, height_px), Span(0, width_px, 0, width_px))]


def _spans(length_px: int, tile_px: int, margin_px: int, grid_px: int) -> list[Span]:
    for name, value in (("tile", tile_px), ("margin", margin_px)):
        if value % grid_px:
            raise ValueError(f"{name} is {value} px, must be a multiple of {grid_px}")
    # Even tiles: a sliver at the end would cost as much margin as a whole tile.
    count = -(-length_px // tile_px)
    even_px = -(-length_px // (count * grid_px)) * grid_px
    spans = []
    for start in range(0, length_px, even_px):
        stop = min(start + even_px, length_px)
        spans.append(
            Span(
                start,
                stop,
                max(0, start - margin_px),
                min(length_px, stop + margin_px),
            )
        )
    return spans
