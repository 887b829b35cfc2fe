"""Fields over the picture: noise, blur, distance and flow.

Coordinates are normalised: x in [0, width/height], y in [0, 1], so that a picture
keeps its composition at any size. Knows nothing of paint.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

_TABLE = 256  # lattice points before the noise repeats


@dataclass(frozen=True)
class Sheet:
    """The size of a picture, and its coordinates as arrays of (height, width)."""

    width_px: int
    height_px: int

    @property
    def unit_px(self) -> float:
        """One thousandth of the long side: lengths of brushes are given in these."""
        return max(self.width_px, self.height_px) / 1000

    def coordinates(self) -> tuple[Array, Array]:
        """Give x and y of every pixel's centre."""
        rows, columns = np.mgrid[0 : self.height_px, 0 : self.width_px]
        return (columns + 0.5) / self.height_px, (rows + 0.5) / self.height_px


class Noise:
    """Gradient noise of one seed, defined on the whole plane.

    Source: Perlin, "Improving Noise" (2002), with a table of unit gradients.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        angle = rng.random((_TABLE, _TABLE)) * 2 * np.pi
        self._gradient = np.stack([np.cos(angle), np.sin(angle)])

    def __call__(self, x: Array, y: Array) -> Array:
        """Give values in about [-0.7, 0.7], zero at the integer points."""
        column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        dx, dy = x - column, y - row
        corners = [
            self._corner(column + i, row + j, dx - i, dy - j)
            for j in (0, 1)
            for i in (0, 1)
        ]
        u, v = _fade(dx), _fade(dy)
        top = corners[0] + u * (corners[1] - corners[0])
        bottom = corners[2] + u * (corners[3] - corners[2])
        return top + v * (bottom - top)

    def fractal(self, x: Array, y: Array, octaves: int = 4, gain: float = 0.5) -> Array:
        """Add octaves, each twice as fine and `gain` times as strong."""
        total = np.zeros(np.broadcast(x, y).shape)
        for octave in range(octaves):
            step = 2.0**octave
            total += gain**octave * self(x * step + 17.3 * octave, y * step)
        return total

    def _corner(self, column: Index, row: Index, dx: Array, dy: Array) -> Array:
        gx, gy = self._gradient[:, row % _TABLE, column % _TABLE]
        return np.asarray(gx * dx + gy * dy, dtype=np.float64)


def _fade(t: Array) -> Array:
    return t * t * t * (t * (t * 6 - 15) + 10)


def smoothstep(low: float, high: float, values: Array) -> Array:
    """Rise from 0 at `low` to 1 at `high`, flat at both ends."""
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def blur(field: Array, radius_px: float) -> Array:
    """Blur a (H, W) or (H, W, C) field by three boxes, nearly a Gaussian."""
    reach = max(round(radius_px), 0)
    if reach == 0:
        return field
    for _ in range(3):
        for axis in (0, 1):
            field = _box(field, reach, axis)
    return field


def _box(field: Array, reach: int, axis: int) -> Array:
    pad = [(0, 0)] * field.ndim
    pad[axis] = (reach + 1, reach)
    total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis)
    window = 2 * reach + 1
    size = field.shape[axis]
    late = np.take(total, np.arange(window, window + size), axis=axis)
    early = np.take(total, np.arange(size), axis=axis)
    return np.asarray((late - early) / window, dtype=np.float64)


def distance_px(seeds: Mask) -> Array:
    """Give every pixel's distance to the nearest seed, by jump flooding.

    Source: Rong and Tan, "Jump Flooding in GPU" (2006); exact to about a pixel.
    """
    rows, columns = np.mgrid[0 : seeds.shape[0], 0 : seeds.shape[1]].astype(float)
    far = 4.0 * max(seeds.shape)
    near_row = np.where(seeds, rows, -far)
    near_column = np.where(seeds, columns, -far)
    best = np.hypot(near_row - rows, near_column - columns)
    step = 1 << (max(seeds.shape) - 1).bit_length() - 1
    while step:
        for dr in (-step, 0, step):
            for dc in (-step, 0, step):
                row, column = _shift(near_row, dr, dc), _shift(near_column, dr, dc)
                reach = np.hypot(row - rows, column - columns)
                closer = reach < best
                best = np.where(closer, reach, best)
                near_row = np.where(closer, row, near_row)
                near_column = np.where(closer, column, near_column)
        step //= 2
    return np.asarray(best)


def _shift(field: Array, rows: int, columns: int) -> Array:
    """Move a field, repeating its border."""
    height, width = field.shape
    down = np.clip(np.arange(height) - rows, 0, height - 1)
    right = np.clip(np.arange(width) - columns, 0, width - 1)
    return field[down[:, None], right[None, :]]


def slope(field: Array) -> tuple[Array, Array]:
    """Give the change of a field a pixel to the right and a pixel down."""
    return np.gradient(field, axis=1), np.gradient(field, axis=0)


def along(field: Array) -> Array:
    """Give the angle of the contour lines of a field: where it does not change."""
    right, down = slope(field)
    return np.arctan2(right, -down)
