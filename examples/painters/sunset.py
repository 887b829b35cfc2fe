"""A sunset over a fjord: long nervous streaks, red and orange against blue-green."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import Brush, Canvas, Stroke
from painters.fields import Array, Noise, Sheet, along, blur, smoothstep
from painters.palette import blend, ink, ramp
from painters.scene import Point, away, below, columns, disc, rounded

SHAPE = (880, 1100)
_SHORE = 0.47
_SUN: Point = (0.50, 0.345)
_SKY = (
    (0.0, "7a1f1c"), (0.2, "c3361f"), (0.4, "ea6a1e"), (0.58, "f6a02b"),
    (0.72, "f9cf52"), (0.84, "c9c58a"), (1.0, "5f8fa0"),
)  # fmt: skip
_SEA = (
    (0.0, "10263c"), (0.3, "1d4a5e"), (0.5, "2f7476"), (0.68, "7fa585"),
    (0.84, "e0a24a"), (1.0, "f3c862"),
)  # fmt: skip
_LAND = (
    (0.0, "131a22"), (0.25, "27323a"), (0.5, "4b4a2c"), (0.7, "8a5a24"),
    (0.86, "b5491f"), (1.0, "d98a2f"),
)  # fmt: skip
_LAYERS = (
    Layer(brush=Brush(width=40, length=240, dryness=0.3), edge=0.6, jitter=0.05),
    Layer(brush=Brush(width=20, length=210, dryness=0.75, streaks=0.2), edge=0.45,
          jitter=0.08, spacing=0.8),
    Layer(brush=Brush(width=9, length=150, dryness=0.8, body=1.2, streaks=0.2),
          edge=0.34, jitter=0.10, spacing=1.5, stretch=0.4, stray=0.06),
)  # fmt: skip
_LAST = Layer(
    brush=Brush(width=6, length=46, dryness=0.5, body=1.3),
    edge=0.2, jitter=0.05, spacing=0.9, stray=0.05,
)  # fmt: skip


def sunset(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the sunset."""
    noise = Noise(rng)
    sky, sky_stream = _sky(sheet, noise)
    sea, sea_stream = _sea(sheet, noise)
    land, land_stream = _land(sheet, noise)
    _, y = sheet.coordinates()
    coast = _coast(sheet, noise)
    on_sea = smoothstep(_SHORE - 0.003, _SHORE + 0.003, y)
    guide = blend(blend(sky, sea, on_sea), land, coast)
    guide, far = _hills(sheet, noise, guide)
    stream = np.where(coast > 0.5, land_stream, np.where(y > _SHORE, sea_stream, 0))
    angle = np.where(y > _SHORE, along(stream), along(sky_stream))
    angle = np.where(far > 0.5, -0.25 + 0.2 * np.sin(9 * y), angle)
    canvas = Canvas(sheet, blend(guide, ink("5a1d1a"), 0.5), rng)
    for layer in _LAYERS:
        paint(canvas, guide, angle, layer, rng)
    fine = np.clip(0.12 + disc(sheet, _SUN, 0.07, 0.02) + far * 0.3, 0, 1)
    paint(canvas, guide, angle, _LAST, rng, where=fine)
    _tree(canvas, rng)
    return canvas.lit(0.75, 0.25)


def _sky(sheet: Sheet, noise: Noise) -> tuple[Array, Array]:
    """Bands that heave like a sea, and the stream they run along."""
    x, y = sheet.coordinates()
    heave = 0.045 * np.sin(5.2 * x + 9 * y) + 0.03 * np.sin(11 * x - 14 * y + 1)
    stream = y + heave * (1 - 0.6 * y) + 0.05 * noise(x * 2.4, y * 5)
    bands = 0.42 + 0.30 * np.sin(stream * 46) + 0.16 * np.sin(stream * 103 + 2)
    light = bands + 0.35 * (y / _SHORE) ** 2 - 0.08
    light = light * (1 - 0.6 * smoothstep(0.86, 1.0, bands + 0.3 * noise(x * 3, y * 9)))
    near = np.exp(-((away(sheet, _SUN) / 0.13) ** 2))
    sky = ramp(_SKY, np.clip(light + 0.25 * near, 0, 1))
    cold = smoothstep(0.10, 0.42, noise.fractal(x * 1.6 + 5, stream * 9, 2))
    sky = blend(sky, ink("3f7f95"), cold * 0.75)
    sky = blend(sky, ink("fff0b0"), disc(sheet, _SUN, 0.048, 0.006))
    return sky, stream


def _sea(sheet: Sheet, noise: Noise) -> tuple[Array, Array]:
    """A bay that circles round the sun's path."""
    x, y = sheet.coordinates()
    depth = (y - _SHORE) / (1 - _SHORE)
    stream = y + 0.10 * depth * np.sin(4.6 * x + 1.2 + 5 * depth)
    stream += 0.05 * noise(x * 3, y * 4)
    bands = 0.32 + 0.24 * np.sin(stream * 62) + 0.10 * np.sin(stream * 141)
    path = np.exp(
        -(((x - _SUN[0] - 0.05 * np.sin(y * 40)) / (0.05 + 0.07 * depth)) ** 2)
    )
    light = bands + path * (0.55 + 0.25 * np.sin(stream * 90)) * (1 - 0.5 * depth)
    return ramp(_SEA, np.clip(light, 0, 1)), stream


def _land(sheet: Sheet, noise: Noise) -> tuple[Array, Array]:
    """Foreground slope in long bending furrows."""
    x, y = sheet.coordinates()
    stream = y + 0.40 * (0.25 + x) ** 2 + 0.06 * noise.fractal(x * 3, y * 3, 2)
    light = 0.42 + 0.30 * np.sin(stream * 44) + 0.2 * np.sin(stream * 17 + 1)
    return ramp(_LAND, np.clip(light, 0, 1)), stream


def _coast(sheet: Sheet, noise: Noise) -> Array:
    x = columns(sheet)
    ridge = 0.98 - 0.34 * np.exp(-((x / 0.30) ** 2)) - 0.10 * smoothstep(0.4, 0.9, x)
    return below(sheet, ridge + 0.03 * noise(x * 5, x * 0 + 3.3))


def _hills(sheet: Sheet, noise: Noise, guide: Array) -> tuple[Array, Array]:
    """Blue hills on the far shore, open under the sun."""
    _, y = sheet.coordinates()
    x = columns(sheet)
    gap = 0.10 * np.exp(-(((x - _SUN[0]) / 0.16) ** 2))
    ridge = _SHORE - 0.10 + gap + 0.05 * noise.fractal(x * 4, x * 0 + 8.2, 3)
    far = below(sheet, ridge) * (1 - smoothstep(_SHORE - 0.004, _SHORE + 0.004, y))
    tone = ramp([(0.34, "4a5f8a"), (0.42, "2b3f6b"), (0.48, "1c2340")], y)
    return blend(guide, tone, far), blur(far, 1)


def _tree(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint a bare tree that leans into the picture, with fire on its right side."""
    scale = canvas.sheet.height_px
    for points, width in _BOUGHS:
        path = rounded(np.array(points)) * scale
        for start in range(0, len(path) - 2, 2):
            taper = width * (1 - 0.55 * start / len(path))
            for tone, push, thin in _BARK:
                thickness = taper * 1000 * thin * rng.uniform(0.7, 1.2)
                brush = Brush(
                    width=thickness, length=0, dryness=0.9, body=1.4, streaks=0.3
                )
                shift = np.array([push * taper * scale, 0.0])
                shift = shift + rng.normal(0, 0.10 * taper * scale, 2)
                piece = path[start : start + 8] + shift
                canvas.lay(brush, Stroke(piece, ink(tone), ink("2b2a4a")))


_BARK = (("17121f", 0.0, 1.0), ("1d1a35", -0.25, 0.6), ("c4501f", 0.40, 0.28))
_BOUGHS: tuple[tuple[tuple[Point, ...], float], ...] = (
    (((0.120, 0.78), (0.095, 0.835), (0.040, 0.855)), 0.016),
    (((0.122, 0.78), (0.150, 0.835), (0.215, 0.850)), 0.014),
    (((0.115, 0.82), (0.13, 0.66), (0.10, 0.50), (0.125, 0.36)), 0.024),
    (((0.125, 0.40), (0.14, 0.30), (0.115, 0.22), (0.14, 0.13)), 0.014),
    (((0.118, 0.58), (0.19, 0.47), (0.195, 0.36), (0.26, 0.27)), 0.014),
    (((0.105, 0.50), (0.05, 0.40), (0.055, 0.29), (0.01, 0.20)), 0.013),
    (((0.118, 0.38), (0.17, 0.30), (0.165, 0.22), (0.20, 0.16)), 0.009),
    (((0.200, 0.40), (0.27, 0.38), (0.29, 0.33), (0.33, 0.32)), 0.008),
    (((0.050, 0.32), (0.085, 0.25), (0.07, 0.19), (0.09, 0.13)), 0.008),
    (((0.130, 0.26), (0.10, 0.20), (0.11, 0.15), (0.08, 0.09)), 0.007),
    (((0.240, 0.30), (0.24, 0.24), (0.28, 0.20), (0.27, 0.15)), 0.006),
    (((0.040, 0.26), (0.01, 0.24), (0.00, 0.29), (-0.03, 0.28)), 0.006),
)
