"""Two fish in a pool: tesserae that follow the contours, set in grout.

After Hausner, "Simulating Decorative Mosaics" (2001): the stones are the cells of a
Voronoi diagram under a square metric that turns with the form, evened out by Lloyd's
iteration. A stone never crosses an outline.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from painters.canvas import to_image
from painters.fields import Array, Index, Noise, Sheet, along, blur, slope, smoothstep
from painters.palette import blend, ink, inks
from painters.pool import Pool, draw_pool

SHAPE = (1000, 1000)
_STONE = 15.0  # side of a stone, thousandths of the long side
_ROUNDS = 7


@dataclass(frozen=True)
class _Setting:
    """Stones as laid: which one each pixel belongs to, and how far inside it is."""

    stone: Index
    inside_px: Array
    across_px: tuple[Array, Array]


def mosaic(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Lay the mosaic."""
    pool = draw_pool(sheet, Noise(rng))
    angle = along(blur(pool.form, 2 * sheet.unit_px))
    side_px = max(_STONE * sheet.unit_px, 4.0)
    places = _spread(sheet, side_px, rng)
    for _ in range(_ROUNDS):
        setting = _set(sheet, places, angle, pool.region, side_px)
        places = _centres(setting.stone, places)
    setting = _set(sheet, places, angle, pool.region, side_px)
    return to_image(_colour(sheet, pool, setting, places, side_px, rng))


def _spread(sheet: Sheet, side_px: float, rng: np.random.Generator) -> Array:
    rows, columns = np.mgrid[
        0 : sheet.height_px : side_px, 0 : sheet.width_px : side_px
    ]
    places = np.stack([columns, rows], axis=-1).reshape(-1, 2) + side_px / 2
    places = places + rng.uniform(-0.4, 0.4, places.shape) * side_px
    return np.clip(places, 0, [sheet.width_px - 1, sheet.height_px - 1])


def _set(
    sheet: Sheet, places: Array, angle: Array, region: Index, side_px: float
) -> _Setting:
    """Give each pixel to the stone nearest in the metric turned to the form."""
    shape = (sheet.height_px, sheet.width_px)
    best, second = np.full(shape, 1e9), np.full(shape, 1e9)
    stone = np.zeros(shape, dtype=np.int64)
    across, along_it = np.zeros(shape), np.zeros(shape)
    reach = int(side_px * 1.5) + 1
    for index, (px, py) in enumerate(places):
        column, row = int(px), int(py)
        rows = slice(max(row - reach, 0), min(row + reach + 1, shape[0]))
        columns = slice(max(column - reach, 0), min(column + reach + 1, shape[1]))
        dx = np.arange(columns.start, columns.stop)[None, :] + 0.5 - px
        dy = np.arange(rows.start, rows.stop)[:, None] + 0.5 - py
        cos, sin = np.cos(angle[row, column]), np.sin(angle[row, column])
        u, v = dx * cos + dy * sin, dy * cos - dx * sin
        metric = np.maximum(np.abs(u), np.abs(v)) + 0.08 * (np.abs(u) + np.abs(v))
        metric = metric + 1e3 * (region[rows, columns] != region[row, column])
        near = metric < best[rows, columns]
        second[rows, columns] = np.where(
            near, best[rows, columns], np.minimum(second[rows, columns], metric)
        )
        best[rows, columns] = np.where(near, metric, best[rows, columns])
        stone[rows, columns] = np.where(near, index, stone[rows, columns])
        across[rows, columns] = np.where(near, u, across[rows, columns])
        along_it[rows, columns] = np.where(near, v, along_it[rows, columns])
    inside = np.minimum((np.minimum(second, 900) - best) / 2, 0.66 * side_px - best)
    return _Setting(stone, _trim(stone, inside), (across, along_it))


def _trim(stone: Index, inside: Array) -> Array:
    """Leave a joint where two stones meet at an outline."""
    seam = np.zeros(stone.shape, dtype=bool)
    seam[:, 1:] |= stone[:, 1:] != stone[:, :-1]
    seam[1:, :] |= stone[1:, :] != stone[:-1, :]
    close = blur(seam.astype(np.float64), 1)
    return np.minimum(inside, 3.0 * (1 - smoothstep(0.0, 0.5, close)))


def _centres(stone: Index, places: Array) -> Array:
    """Move every stone to the middle of its pixels (Lloyd)."""
    count = np.bincount(stone.ravel(), minlength=len(places)).astype(np.float64)
    rows, columns = np.mgrid[0 : stone.shape[0], 0 : stone.shape[1]]
    sums = [
        np.bincount(stone.ravel(), weights=axis.ravel(), minlength=len(places))
        for axis in (columns, rows)
    ]
    middle = np.stack(sums, axis=-1) / np.maximum(count, 1)[:, None] + 0.5
    moved = np.where(count[:, None] > 0, middle, places)
    return np.clip(moved, 0, [stone.shape[1] - 1, stone.shape[0] - 1])


def _colour(
    sheet: Sheet,
    pool: Pool,
    setting: _Setting,
    places: Array,
    side_px: float,
    rng: np.random.Generator,
) -> Array:
    """Colour every stone alike, tilt it a little, light it, and fill the joints."""
    column, row = places[:, 0].astype(int), places[:, 1].astype(int)
    tone = pool.colour[row, column] * rng.normal(1.0, 0.14, (len(places), 1))
    tone = tone + rng.normal(0, 0.035, tone.shape)
    odd = rng.random(len(places)) < 0.07
    tone[odd] = 0.5 * tone[odd] + 0.5 * rng.permutation(tone)[odd]
    picture = np.clip(tone, 0.03, 1)[setting.stone]
    tilt = rng.normal(0, 0.10, (len(places), 2))[setting.stone]
    across, along_it = setting.across_px
    lean = (tilt[..., 0] * across + tilt[..., 1] * along_it) / side_px
    x, y = sheet.coordinates()
    vein = Noise(rng)(x * 60, y * 60) * 0.10 + rng.normal(0, 0.025, x.shape)
    picture = picture * (1 + lean + vein)[..., None]
    joint = 0.10 * side_px
    body = smoothstep(0.2 * joint, 1.2 * joint, setting.inside_px)
    right, down = slope(blur(smoothstep(0, 0.24 * side_px, setting.inside_px), 1))
    bevel = np.tanh((right + down) * 3.5)
    picture = picture * (1 + 0.42 * bevel)[..., None]
    gold = pool.gold[row, column][setting.stone] * np.clip(lean * 3 + 0.25, 0, 1)
    picture = blend(picture, inks("fff0b0")[0], 0.7 * gold)
    grout = ink("4a4038") * (0.9 + 0.25 * rng.normal(0, 0.25, x.shape)[..., None])
    return blend(grout, picture, body)
