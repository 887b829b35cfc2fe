"""Sunrise over a river as stained glass: pieces of colour held by leads."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from painters.canvas import to_image
from painters.fields import (
    Array,
    Index,
    Mask,
    Noise,
    Sheet,
    blur,
    distance_px,
    slope,
    smoothstep,
)
from painters.palette import blend, ink, inks
from painters.scene import Point, away, columns

SHAPE = (780, 1100)
_SUN: Point = (0.355, 0.36)
_SKY = inks(
    "f6c445", "f08a2c", "e4572e", "c8385a", "8a3f93", "4a4fa8", "2f74b8", "f7dd8a"
)
_HILL = inks("2f7a4f", "5a9a3f", "93b83c", "1f5f63", "3f8f7a", "2a4f7a")
_RIVER = inks("2f86b8", "6fc0d4", "f0b04a", "1f5a9a", "a9dbd8", "f4d58a")
_FIELD = inks("3f7f2f", "7fa32c", "c9b832", "1f5f3a", "5f8f2a")
_PETAL = inks("c81f3f", "e8503a", "8f1f6f", "f08fa0", "b8327f")
_LEAF = inks("1f6f3f", "4f9a3a", "2f8a5a")


@dataclass
class _Window:
    """Which piece each pixel belongs to, and the pieces' colours."""

    piece: Index
    colours: list[Array]

    def put(
        self, mask: Mask, split: Index, palette: Array, rng: np.random.Generator
    ) -> None:
        """Lay glass over a region, one piece for each value of `split`."""
        values, inverse = np.unique(split[mask], return_inverse=True)
        self.piece[mask] = len(self.colours) + inverse.ravel()
        for _ in values:
            tone = palette[int(rng.integers(len(palette)))]
            self.colours.append(np.clip(tone * rng.normal(1.0, 0.13), 0, 1))


def glass(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Cut, lead and light the window."""
    noise = Noise(rng)
    window = _Window(np.zeros((sheet.height_px, sheet.width_px), dtype=np.int64), [])
    _sky(sheet, window, noise, rng)
    _land(sheet, window, rng)
    _flowers(sheet, window, rng)
    return to_image(_light(sheet, window, noise, rng))


def _sky(sheet: Sheet, window: _Window, noise: Noise, rng: np.random.Generator) -> None:
    """Rays and rings about the sun; cold colours far from it."""
    x, y = sheet.coordinates()
    reach = away(sheet, _SUN)
    turn = np.arctan2(y - _SUN[1], x - _SUN[0]) + 0.25 * noise(x * 3, y * 3)
    ring = np.searchsorted(
        [0.085, 0.15, 0.235, 0.33, 0.45, 0.60], reach + 0.012 * np.sin(5 * turn)
    )
    for band in range(7):
        rays = (1, 14, 12, 16, 12, 16, 12)[band]
        share = np.mod(turn / (2 * np.pi) + 0.5 + 0.03 * band, 1.0)
        sector = np.floor(share * rays).astype(np.int64)
        tones = _SKY[max(band - 2, 0) : band + 2] if band else inks("fff0b4")
        window.put(ring == band, sector, tones, rng)


def _land(sheet: Sheet, window: _Window, rng: np.random.Generator) -> None:
    """Hills in slanting pieces, fields, and a river that winds to the front."""
    x, y = sheet.coordinates()
    edge = columns(sheet)
    levels = (
        (0.47, 0.06, 3.0, _HILL[3:]),
        (0.54, 0.05, 4.0, _HILL),
        (0.63, 0.04, 3.2, _FIELD),
    )
    for index, (level, height, pace, palette) in enumerate(levels):
        ridge = level + height * np.sin(edge * pace * 2.4 + index * 2.1)
        mask = y > ridge[None, :]
        depth = y - ridge[None, :]
        slant = np.floor(
            (x * (0.9 + 0.3 * index) + (0.5 - index % 2) * 1.2 * depth) * 11
        )
        row = np.floor(depth * (11 - 2 * index) + 0.25 * np.sin(9 * x + index))
        window.put(mask, (slant * 100 + row).astype(np.int64), palette, rng)
    depth = np.clip((y - 0.55) / 0.45, 0, 1)
    middle = 0.36 + 0.11 * np.sin(depth * 6.5 + 0.4) * (0.4 + depth)
    half = 0.018 + 0.17 * depth**1.4
    across = (x - middle) / half
    bank = (np.abs(across) < 1) & (y > 0.555)
    strip = np.floor(across * 1.6 + 0.5 * np.sin(depth * 14)).astype(np.int64)
    row = np.floor(depth**0.7 * 11 + 0.4 * across).astype(np.int64)
    window.put(bank, strip * 100 + row, _RIVER, rng)


def _flowers(sheet: Sheet, window: _Window, rng: np.random.Generator) -> None:
    """Tulips and leaves before the river, on curved stems."""
    plants: tuple[tuple[Point, float, float], ...] = (
        ((0.10, 0.66), 0.085, 0.04),
        ((0.22, 0.79), 0.070, -0.05),
        ((0.60, 0.70), 0.085, -0.03),
        ((0.50, 0.83), 0.066, 0.05),
        ((0.04, 0.85), 0.06, 0.02),
        ((0.67, 0.87), 0.06, -0.03),
    )
    x, y = sheet.coordinates()
    for head, size, bend in plants:
        fall = np.clip((y - head[1]) / (1 - head[1]), 0, 1)
        stem = x - head[0] - bend * np.sin(fall * 2.6)
        window.put(
            (np.abs(stem) < 0.009) & (y > head[1]),
            np.zeros_like(window.piece),
            _LEAF,
            rng,
        )
        for side in (-1.0, 1.0):
            wide = 0.10 * np.sin(np.clip((fall - 0.25) / 0.75, 0, 1) * np.pi) ** 0.8
            leaf = (side * stem > 0.35 * wide) & (side * stem < wide) & (fall > 0.25)
            half = (side * stem > 0.66 * wide).astype(np.int64)
            window.put(leaf, half, _LEAF, rng)
        _bloom(sheet, window, head, size, rng)


def _bloom(
    sheet: Sheet, window: _Window, head: Point, size: float, rng: np.random.Generator
) -> None:
    x, y = sheet.coordinates()
    for lean, wide, tall in ((-0.42, 0.50, 1.15), (0.42, 0.50, 1.15), (0.0, 0.46, 1.0)):
        v = (head[1] - y) / (size * 2 * tall)
        u = (x - head[0]) / size - lean * (0.25 + 1.6 * v)
        form = wide * np.sin(np.clip(v + 0.06, 0, 1) * np.pi) ** 0.62 * (1.08 - 0.4 * v)
        petal = (np.abs(u) < form) & (v > -0.04) & (v < 0.98)
        window.put(petal, (v > 0.55 + 0.2 * u).astype(np.int64), _PETAL, rng)


def _light(
    sheet: Sheet, window: _Window, noise: Noise, rng: np.random.Generator
) -> Array:
    """Let light through the glass: streaks, seeds, glow; then the leads over it."""
    x, y = sheet.coordinates()
    colours = np.stack(window.colours)
    picture = colours[window.piece]
    turn = rng.random(len(colours))[window.piece] * np.pi
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    streak = noise.fractal(
        u * 9 + 2 * window.piece, v * 46 + 0.5 * noise(u * 9, v * 9), 3
    )
    other = colours[rng.permutation(len(colours))][window.piece]
    picture = blend(
        picture, 0.5 * picture + 0.5 * other, smoothstep(0.05, 0.6, streak) * 0.6
    )
    picture = picture * (1 + 0.45 * streak)[..., None]
    ripple = noise.fractal(x * 70, y * 70, 2) + 0.6 * streak
    right, down = slope(blur(ripple, sheet.unit_px))
    picture = (
        picture * (1 + 0.9 * np.tanh((right + down) * 2.2 * sheet.unit_px))[..., None]
    )
    gap = _gaps(window.piece)
    inside = distance_px(gap) / sheet.unit_px
    edge = 0.52 + 0.48 * smoothstep(2.0, 18.0, inside)
    glow = 0.82 + 0.42 * np.exp(-((away(sheet, _SUN) / 0.36) ** 2))
    picture = picture * (edge * glow)[..., None]
    seeds = smoothstep(0.40, 0.47, noise(x * 95, y * 95))
    picture = blend(picture, ink("fff6d8"), 0.45 * seeds)
    return _leads(sheet, picture, inside, noise)


def _gaps(piece: Index) -> Mask:
    gap = np.zeros(piece.shape, dtype=bool)
    gap[:, 1:] |= piece[:, 1:] != piece[:, :-1]
    gap[1:, :] |= piece[1:, :] != piece[:-1, :]
    return gap


def _leads(sheet: Sheet, picture: Array, inside: Array, noise: Noise) -> Array:
    """Round bars of lead, worn and lit from the upper left."""
    x, y = sheet.coordinates()
    half = 3.9 + 1.4 * noise(x * 12, y * 12)
    lead = 1 - smoothstep(-0.8, 0.8, inside - half)
    round_px = np.sqrt(np.clip(1 - (inside / 4.8) ** 2, 0, 1))
    right, down = slope(blur(round_px, 0.8 * sheet.unit_px))
    shine = np.tanh((right + down) * 3.2 * sheet.unit_px)
    worn = 0.20 + 0.10 * noise.fractal(x * 50, y * 50, 2)
    metal = np.clip(worn + 0.26 * shine, 0.03, 0.75)[..., None] * ink("c9c4d2")
    return blend(picture, metal, lead)
