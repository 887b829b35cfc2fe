"""A canvas that takes paint: colour, and the thickness that catches the light.

A stroke is a swept brush of many bristles. Every pixel near the path is given its
place along (u) and across (v) the stroke; the bristles' texture is looked up there.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from painters.fields import Array, Noise, Sheet, blur, slope, smoothstep

_LONG, _ACROSS = 96, 48  # size of a bristle texture: along the stroke, across it
_TEXTURES = 24
THINNEST_PX = 3.0  # in a small picture brushes get no thinner than this


@dataclass(frozen=True, kw_only=True)
class Brush:
    """How a stroke of this brush looks; lengths in thousandths of the long side."""

    width: float
    length: float
    body: float = 1.0  # thickness of the paint
    opacity: float = 0.95
    dryness: float = 0.4  # 0 runs wet to the end, 1 breaks up into bristles
    streaks: float = 0.10  # how much lightness differs from bristle to bristle
    square: float = 0.0  # 0 round ends, 1 the flat end of a palette knife
    pressure: float = 2.0  # how deep it goes into the tooth of the paper


@dataclass(frozen=True)
class Stroke:
    """A path of (N, 2) pixel positions (x, y) and the two colours on the brush."""

    path: Array
    colour: Array
    second: Array


class Canvas:
    """Colour (H, W, 3) and thickness (H, W) under the strokes laid so far.

    The ground is one colour or a picture (H, W, 3); the tooth may be set.
    """

    def __init__(self, sheet: Sheet, ground: Array, rng: np.random.Generator) -> None:
        self.sheet = sheet
        shape = (sheet.height_px, sheet.width_px, 3)
        self.colour = np.broadcast_to(ground, shape).astype(np.float64).copy()
        self.thickness = np.zeros(shape[:2])
        self.tooth = np.zeros(shape[:2])  # 0 the paper's peaks, 1 its pits
        self._rng = rng
        self._bristles = [_bristle_texture(rng) for _ in range(_TEXTURES)]

    def lay(self, brush: Brush, stroke: Stroke) -> None:
        """Lay one stroke over what is there."""
        half_px = max(brush.width * self.sheet.unit_px, THINNEST_PX) / 2
        window = self._window(stroke.path, half_px + 1.5)
        if window is None:
            return
        rows, columns = window
        u, v, length_px = _swept(stroke.path, rows, columns)
        v /= half_px
        texture = self._bristles[int(self._rng.integers(_TEXTURES))]
        bristle, runout = _look_up(texture, u, v)
        cover = _cover(brush, u * length_px / half_px, v, length_px / half_px, half_px)
        cover *= smoothstep(-0.18, 0.10, runout + 1.15 - brush.dryness * (0.3 + u))
        cover *= smoothstep(-0.22, 0.22, brush.pressure - self.tooth[rows, columns])
        self._mix(rows, columns, cover * brush.opacity, bristle, v, brush, stroke)

    def _mix(
        self,
        rows: slice,
        columns: slice,
        cover: Array,
        bristle: Array,
        v: Array,
        brush: Brush,
        stroke: Stroke,
    ) -> None:
        share = np.clip(0.5 + 0.9 * bristle + 0.35 * v, 0, 1) * 0.7
        paint = stroke.colour + (stroke.second - stroke.colour) * share[..., None]
        paint = paint * (1 + brush.streaks * 2 * bristle[..., None])
        under = self.colour[rows, columns]
        self.colour[rows, columns] = under + (paint - under) * cover[..., None]
        ridge = 0.45 + 0.9 * bristle + 0.55 * smoothstep(0.55, 0.95, np.abs(v))
        relief = brush.body * ridge * max(brush.width, 4.0) ** 0.5
        below = self.thickness[rows, columns]
        self.thickness[rows, columns] = below + (relief + 0.35 * below - below) * cover

    def _window(self, path: Array, reach_px: float) -> tuple[slice, slice] | None:
        low = np.floor(path.min(axis=0) - reach_px).astype(int)
        high = np.ceil(path.max(axis=0) + reach_px).astype(int) + 1
        left, top = max(int(low[0]), 0), max(int(low[1]), 0)
        right = min(int(high[0]), self.sheet.width_px)
        bottom = min(int(high[1]), self.sheet.height_px)
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)

    def lit(self, strength: float = 0.5, gloss: float = 0.25) -> Image.Image:
        """Light the paint from the upper left and give the picture."""
        return to_image(self.colour * self._shade(strength, gloss)[..., None])

    def _shade(self, strength: float, gloss: float) -> Array:
        scale = self.sheet.unit_px
        relief = blur(self.thickness, 0.6 * scale) * 0.6 + self.thickness * 0.4
        right, down = slope(relief)
        facing = (right * 0.75 + down * 0.66) * scale
        shade = 1 + strength * np.tanh(facing * 0.55)
        return np.asarray(shade + gloss * np.clip(np.tanh(facing * 0.5), 0, 1) ** 3)


def to_image(colour: Array) -> Image.Image:
    """Round a float picture (H, W, 3) in [0, 1] to an 8-bit image."""
    return Image.fromarray((np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8))


def _bristle_texture(rng: np.random.Generator) -> tuple[Array, Array]:
    """Streaks that run along the stroke, and where each bristle runs dry."""
    v, u = np.mgrid[0:_ACROSS, 0:_LONG].astype(float)
    noise = Noise(rng)
    streak = 0.6 * noise(u / 60, v / 2.3) + 0.5 * noise(u / 90 + 40, v / 7.0)
    streak += 0.25 * noise(u / 14, v / 1.7)
    dry = noise(u / 26 + 9, v / 1.9) + 0.5 * noise(u / 80, v / 5.0)
    return np.asarray(streak), np.asarray(dry)


def _look_up(texture: tuple[Array, Array], u: Array, v: Array) -> tuple[Array, Array]:
    column = np.clip(u * (_LONG - 1), 0, _LONG - 1).astype(np.int64)
    row = np.clip((v * 0.5 + 0.5) * (_ACROSS - 1), 0, _ACROSS - 1).astype(np.int64)
    return texture[0][row, column], texture[1][row, column]


def _swept(path: Array, rows: slice, columns: slice) -> tuple[Array, Array, float]:
    """Give each pixel's place along the path [0, 1] and across it, in pixels."""
    x = np.arange(columns.start, columns.stop)[None, None, :] + 0.5
    y = np.arange(rows.start, rows.stop)[None, :, None] + 0.5
    start, step = path[:-1, :, None, None], np.diff(path, axis=0)[:, :, None, None]
    span = np.hypot(step[:, 0], step[:, 1]) + 1e-9
    dx, dy = x - start[:, 0], y - start[:, 1]
    t = np.clip((dx * step[:, 0] + dy * step[:, 1]) / span**2, 0, 1)
    away = (dx - t * step[:, 0]) ** 2 + (dy - t * step[:, 1]) ** 2
    nearest = np.argmin(away, axis=0)[None]
    side = np.sign(step[:, 0] * dy - step[:, 1] * dx)
    before = np.concatenate([[0.0], np.cumsum(span[:, 0, 0])])
    place = (before[:-1, None, None] + t * span) / before[-1]
    u = np.take_along_axis(place, nearest, axis=0)[0]
    v = np.take_along_axis(np.sqrt(away) * side, nearest, axis=0)[0]
    return u, v, float(before[-1])


def _cover(
    brush: Brush, place: Array, v: Array, length: float, half_px: float
) -> Array:
    """Cover 1 inside the swept brush, 0 outside, soft over about a pixel.

    Args:
        brush: for the form of its ends.
        place: along the stroke, in half widths from the start.
        v: across, in half widths; at the round ends the true distance.
        length: of the path, in half widths.
        half_px: half the width.
    """
    soft = min(1.2 / half_px, 0.8)
    cover = 1 - smoothstep(1 - soft, 1.0, np.abs(v))
    if brush.square > 0:
        inside = np.minimum(place, length - place)
        cover *= 1 - brush.square * (1 - smoothstep(0, soft, inside))
    return cover
