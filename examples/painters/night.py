"""Night over a river town: thick paint along a flow of swirls, blue and amber."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import Brush, Canvas
from painters.fields import Array, Noise, Sheet, along, blur, smoothstep
from painters.palette import blend, ink, ramp
from painters.scene import Point, away, below, columns, disc, polygon

SHAPE = (1100, 840)
_HORIZON = 0.66
_MOON: Point = (1.02, 0.19)
_STARS: tuple[tuple[Point, float], ...] = (
    ((0.12, 0.12), 0.020), ((0.31, 0.28), 0.015), ((0.46, 0.09), 0.024),
    ((0.70, 0.33), 0.014), ((0.78, 0.10), 0.017), ((1.22, 0.37), 0.018),
    ((0.10, 0.40), 0.016), ((0.55, 0.44), 0.012), ((1.24, 0.07), 0.014),
)  # fmt: skip
_EDDIES: tuple[tuple[Point, float, float], ...] = (  # centre, radius, strength
    ((0.42, 0.24), 0.17, 1.0), ((0.68, 0.22), 0.12, -0.85),
    ((0.16, 0.26), 0.10, -0.5), ((0.95, 0.42), 0.10, 0.55), (_MOON, 0.16, 0.75),
)  # fmt: skip
_SKY = (
    (0.0, "0b1533"), (0.22, "15295f"), (0.42, "1f4b92"), (0.58, "3a78b5"),
    (0.74, "7fb0c8"), (0.88, "b9cfc0"), (1.0, "e4d9a0"),
)  # fmt: skip


def night(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the night."""
    stream = _stream(sheet, Noise(rng))
    sky = _sky(sheet, stream)
    guide, land = _town(sheet, _water(sheet, sky, rng), rng)
    angle = _flow(sheet, stream, land)
    canvas = Canvas(sheet, blend(guide, ink("3a2a33"), 0.5), rng)
    for layer in _LAYERS:
        paint(canvas, guide, angle, layer, rng)
    fine = _detail(sheet, land)
    paint(canvas, guide, angle, _TOUCH, rng, where=fine)
    paint(canvas, guide, angle, _DOT, rng, where=blur(land, 4 * sheet.unit_px))
    return canvas.lit(0.85, 0.45)


_LAYERS = (
    Layer(brush=Brush(width=44, length=170, dryness=0.2), edge=0.5, jitter=0.05),
    Layer(brush=Brush(width=21, length=105, dryness=0.55), edge=0.30, jitter=0.07),
    Layer(brush=Brush(width=11, length=64, dryness=0.6, body=1.3), edge=0.22,
          jitter=0.085, spacing=0.95, stretch=0.36),
)  # fmt: skip
_TOUCH = Layer(
    brush=Brush(width=6.5, length=30, body=1.5), edge=0.16, jitter=0.07, spacing=0.8
)
_DOT = Layer(
    brush=Brush(width=4.5, length=13, body=1.6), edge=0.12, jitter=0.05, spacing=0.8
)


def _stream(sheet: Sheet, noise: Noise) -> Array:
    """A stream function: the wind blows along its contour lines."""
    x, y = sheet.coordinates()
    stream = 1.9 * y + 0.30 * np.sin(3.4 * x + 0.6) * np.sin(3.1 * y)
    stream += 0.22 * noise.fractal(x * 2.2, y * 2.2, 3)
    for centre, radius, strength in _EDDIES:
        reach = away(sheet, centre) / radius
        stream += strength * 0.55 * np.exp(-(reach**2))
    for centre, size in _STARS:
        stream += 0.42 * np.exp(-((away(sheet, centre) / (2.6 * size)) ** 2))
    return stream


def _sky(sheet: Sheet, stream: Array) -> Array:
    _, y = sheet.coordinates()
    bands = 0.5 + 0.5 * np.sin(stream * 11)
    light = 0.12 + 0.44 * bands**1.5 + 0.30 * np.clip(y, 0, 0.6) * bands
    for centre, size in _STARS:
        light = np.maximum(light, _glow(sheet, centre, size))
    light = np.maximum(light, _glow(sheet, _MOON, 0.052))
    sky = ramp(_SKY, light)
    for centre, size in (*_STARS, (_MOON, 0.058)):
        sky = blend(sky, ink("ffd978"), disc(sheet, centre, size * 1.05, size * 0.3))
        sky = blend(sky, ink("fff3c4"), disc(sheet, centre, size * 0.5, size * 0.3))
    return sky


def _glow(sheet: Sheet, centre: Point, size: float) -> Array:
    """Rings of light around a star, fading outwards."""
    reach = away(sheet, centre) / size
    rings = 0.82 + 0.18 * np.cos(reach * 3.2)
    return 1.1 * np.exp(-((reach / 3.0) ** 2)) * rings


def _water(sheet: Sheet, sky: Array, rng: np.random.Generator) -> Array:
    """Mirror the sky in the river, with long streaks under the lights."""
    x, y = sheet.coordinates()
    mirror = sky[::-1][: sheet.height_px]
    river = blend(blur(mirror, 14 * sheet.unit_px), ink("0d2148"), 0.45)
    ripple = 0.5 + 0.5 * np.sin(y * 150 + 3 * np.sin(x * 9))
    depth = np.clip((y - _HORIZON) / (1 - _HORIZON), 0, 1)
    for place in np.linspace(0.08, 1.25, 9) + rng.normal(0, 0.02, 9):
        wide = 0.014 + 0.022 * depth
        streak = np.exp(-(((x - place) / wide) ** 2)) * (0.30 + 0.70 * ripple)
        fade = (1 - depth) ** 0.45 * rng.uniform(0.75, 1.0)
        river = blend(river, ramp([(0, "ffcf5a"), (1, "d9812b")], depth), streak * fade)
    return blend(sky, river, smoothstep(_HORIZON, _HORIZON + 0.01, y))


def _town(sheet: Sheet, guide: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Set hills and houses between sky and river."""
    _, y = sheet.coordinates()
    noise = Noise(rng)
    along_x = columns(sheet)
    far = 0.56 + 0.09 * noise.fractal(along_x * 2.0, along_x * 0 + 0.5, 3)
    near = 0.625 + 0.05 * noise.fractal(along_x * 3.0, along_x * 0 + 7.5, 3)
    above = 1 - smoothstep(_HORIZON - 0.004, _HORIZON + 0.004, y)
    hills = ramp([(0.5, "4d6aa8"), (0.58, "2f4683"), (0.66, "1b2a5c")], y)
    guide = blend(guide, hills, below(sheet, far) * above)
    woods = ramp([(0.56, "2f5f5e"), (0.62, "1d3f4c"), (0.68, "101f33")], y)
    guide = blend(guide, woods, below(sheet, near) * above)
    land = np.maximum(below(sheet, far), below(sheet, near)) * above
    for place in np.linspace(0.06, 1.26, 15) + rng.normal(0, 0.012, 15):
        guide = _house(sheet, guide, float(place), rng)
    return guide, land


def _house(sheet: Sheet, guide: Array, place: float, rng: np.random.Generator) -> Array:
    wide, tall = rng.uniform(0.040, 0.062), rng.uniform(0.045, 0.085)
    foot = _HORIZON + 0.004
    top = foot - tall
    wall = ink(str(rng.choice(["27315f", "3a3a66", "4a3550", "1f2b4e"])))
    roof = ink(str(rng.choice(["8a3b2e", "5a2a3c", "743b22"])))
    left, right = place - wide / 2, place + wide / 2
    box = [(left, top), (right, top), (right, foot), (left, foot)]
    gable = [(left - 0.006, top), (place, top - wide * 0.7), (right + 0.006, top)]
    guide = blend(guide, wall, polygon(sheet, box))
    guide = blend(guide, roof, polygon(sheet, gable))
    for side in (-0.22, 0.22):
        lamp: Point = (place + side * wide, top + tall * rng.uniform(0.35, 0.7))
        guide = blend(guide, ink("ffc247"), disc(sheet, lamp, 0.010, 0.004))
    return guide


def _flow(sheet: Sheet, stream: Array, land: Array) -> Array:
    """Wind in the sky, slopes on the land, ripples on the river."""
    x, y = sheet.coordinates()
    angle = along(blur(stream, 3 * sheet.unit_px))
    angle = np.where(land > 0.5, 0.35 * np.sin(7 * x) - 0.1, angle)
    ripples = 0.12 * np.sin(9 * x + 30 * y)
    return np.where(y > _HORIZON, ripples, angle)


def _detail(sheet: Sheet, land: Array) -> Array:
    """Where small touches go: lights, town, the moon; a few elsewhere."""
    chance = 0.10 + 0.75 * blur(land, 6 * sheet.unit_px)
    for centre, size in (*_STARS, (_MOON, 0.05)):
        chance += np.exp(-((away(sheet, centre) / (2.2 * size)) ** 2))
    return np.clip(chance, 0, 1)
