"""A storm over a farm: charcoal, red and white chalk hatched on warm paper."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import Brush, Canvas, Stroke
from painters.fields import Array, Noise, Sheet, along, blur, smoothstep
from painters.palette import blend, ink
from painters.scene import Point, away, below, columns, polygon

SHAPE = (1100, 800)
_PAPER = "d9b98c"
# Corners, darkness, share of red, angle of the hatching.
_BARN: tuple[tuple[list[Point], float, float, float], ...] = (
    ([(0.74, 0.52), (0.90, 0.52), (0.90, 0.66), (0.74, 0.66)], 0.20, 0.9, 1.45),
    ([(0.90, 0.52), (1.02, 0.50), (1.02, 0.63), (0.90, 0.66)], 0.78, 0.5, 1.7),
    ([(0.72, 0.53), (0.82, 0.40), (0.91, 0.53)], 0.12, 0.3, 1.2),
    ([(0.82, 0.40), (0.95, 0.39), (1.04, 0.51), (0.905, 0.53)], 0.92, 0.3, 0.9),
    ([(0.79, 0.57), (0.84, 0.57), (0.84, 0.66), (0.79, 0.66)], 0.97, 0.1, 1.57),
    ([(0.68, 0.66), (1.05, 0.64), (1.20, 0.70), (0.80, 0.71)], 0.85, 0.3, 0.1),
)


def chalk(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Draw the storm."""
    noise = Noise(rng)
    dark, warm, angle = _drawing(sheet, noise)
    rubbed = blend(np.broadcast_to(ink(_PAPER), (*dark.shape, 3)), ink("4a3a30"),
                   0.50 * blur(dark, 7 * sheet.unit_px))  # fmt: skip
    canvas = Canvas(sheet, rubbed, rng)
    canvas.tooth = _tooth(sheet, rng)
    red, black = _tones("8f3a20", "b8552c", dark), _tones("17130f", "3a322b", dark)
    paint(canvas, red, angle, _hatch(5.0, 90, 0.55), rng, where=0.8 * warm)
    paint(canvas, black, angle, _hatch(4.2, 84, 0.62), rng, where=0.62 * dark**1.15)
    deep = smoothstep(0.45, 0.9, dark)
    paint(canvas, black, angle + 0.75, _hatch(3.8, 60, 0.64), rng, where=0.8 * deep)
    paint(canvas, red, angle - 0.7, _hatch(4.0, 60, 0.58), rng, where=0.7 * warm * dark)
    black_mass = smoothstep(0.74, 1.0, dark)
    paint(canvas, black, angle + 0.2, _hatch(9.0, 46, 0.75), rng, where=black_mass)
    white = _tones("fff8e8", "f3e2c2", 1 - dark)
    light = smoothstep(0.82, 0.97, 1 - dark)
    paint(canvas, white, angle, _hatch(5.0, 64, 0.62), rng, where=0.65 * light)
    brightest = 0.35 * smoothstep(0.94, 1.0, 1 - dark)
    paint(canvas, white, angle + 0.3, _hatch(9.0, 50, 0.66), rng, where=brightest)
    _contours(canvas, rng)
    return canvas.lit(0.10, 0.0)


def _contours(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw the barn's edges twice over with the corner of the charcoal."""
    scale = canvas.sheet.height_px
    for corners, _, _, _ in _BARN[:5]:
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            for _ in range(2):
                path = np.array([start, end]) * scale
                path = path + rng.normal(0, 0.003 * scale, (2, 2))
                brush = Brush(width=4.5, length=0, pressure=0.75, body=0.3)
                canvas.lay(brush, Stroke(path, ink("17130f"), ink("2a231d")))


def _hatch(width: float, length: float, pressure: float) -> Layer:
    brush = Brush(width=width, length=length, pressure=pressure, dryness=0.7,
                  body=0.3, opacity=0.9, streaks=0.15)  # fmt: skip
    return Layer(brush=brush, spacing=2.0, stretch=0.16, jitter=0.012, stray=0.07,
                 edge=0.30)  # fmt: skip


def _tones(low: str, high: str, dark: Array) -> Array:
    """A chalk's colour; it differs with the tone so that strokes end at edges."""
    return blend(np.broadcast_to(ink(high), (*dark.shape, 3)), ink(low), dark)


def _tooth(sheet: Sheet, rng: np.random.Generator) -> Array:
    """Grain of laid paper in [0, 1]: random pits, and faint lines."""
    fine = rng.normal(0, 1, (sheet.height_px, sheet.width_px))
    coarse = blur(rng.normal(0, 1, fine.shape), 1)
    _, y = sheet.coordinates()
    grain = 0.12 * fine + 0.14 * coarse / (coarse.std() + 1e-9)
    return np.asarray(0.5 + grain + 0.05 * np.sin(y * 900))


def _drawing(sheet: Sheet, noise: Noise) -> tuple[Array, Array, Array]:
    """Give darkness, the share of red chalk, and the direction of the hatching."""
    sky, stream = _sky(sheet, noise)
    x, y = sheet.coordinates()
    edge = columns(sheet)
    ridge = 0.60 + 0.06 * noise.fractal(edge * 2, edge * 0 + 2.2, 3)
    field = below(sheet, ridge)
    furrow = (y - 0.45) / (0.25 + np.abs(x - 0.55) * 0.35)
    soil = 0.36 + 0.24 * np.sin(furrow * 26) + 0.35 * noise.fractal(x * 4, y * 7, 3)
    soil += 0.35 * smoothstep(0.86, 1.0, y) - 0.22 * np.exp(-(((x - 0.62) / 0.12) ** 2))
    dark = np.clip(sky * (1 - field) + np.clip(soil, 0, 1) * field, 0, 1)
    angle = np.where(field > 0.5, along(blur(furrow, 2)), along(stream))
    warm = np.clip(field * (0.75 - 0.5 * soil) + 0.22 * (1 - field) * sky, 0, 1)
    dark, warm, angle = _barn(sheet, dark, warm, angle)
    return _trees(sheet, noise, dark, warm, angle)


def _sky(sheet: Sheet, noise: Noise) -> tuple[Array, Array]:
    """Rolling clouds, bright at their upper left, with rain under them."""
    x, y = sheet.coordinates()
    turn = 0.10 * noise.fractal(x * 2 + 3, y * 2, 3)
    bulk = noise.fractal(x * 2.1 + turn * 6, y * 3.4 + turn * 6, 3)
    offset = noise.fractal((x + 0.035) * 2.1 + turn * 6, (y + 0.05) * 3.4 + turn * 6, 3)
    dark = 0.40 - 1.9 * (bulk - offset) + 0.25 * bulk + 0.35 * (0.30 - y)
    rain = (
        smoothstep(0.25, 0.6, x)
        * smoothstep(0.30, 0.6, y)
        * (0.5 + 0.5 * np.sin(90 * x + 34 * y))
    )
    dark = dark + 0.22 * rain - 0.18 * np.exp(-(((y - 0.54) / 0.06) ** 2)) * (x < 0.6)
    stream = blur(bulk + 0.9 * y, 6 * sheet.unit_px)
    return np.clip(dark, 0, 1), stream


def _barn(
    sheet: Sheet, dark: Array, warm: Array, angle: Array
) -> tuple[Array, Array, Array]:
    for points, tone, red, turn in _BARN:
        part = polygon(sheet, points)
        dark = dark + (tone - dark) * part
        warm = warm + (red - warm) * part
        angle = np.where(part > 0.5, turn, angle)
    return dark, warm, angle


def _trees(
    sheet: Sheet, noise: Noise, dark: Array, warm: Array, angle: Array
) -> tuple[Array, Array, Array]:
    """Crowns bent by the wind: hatched in arcs round their masses."""
    x, y = sheet.coordinates()
    crowns: tuple[tuple[Point, float], ...] = (
        ((0.20, 0.42), 0.17), ((0.36, 0.52), 0.09), ((0.06, 0.54), 0.10),
        ((1.16, 0.54), 0.08), ((1.30, 0.50), 0.12), ((0.60, 0.585), 0.035),
    )  # fmt: skip
    for centre, radius in crowns:
        bent = (x - 0.3 * (y - centre[1]), y)
        reach = np.hypot(bent[0] - centre[0], (y - centre[1]) * 1.15) / radius
        mass = 1 - reach + 0.55 * noise.fractal(x * 9, y * 9, 3)
        crown = smoothstep(-0.03, 0.05, mass)
        side = ((x - centre[0]) + 0.9 * (y - centre[1])) / radius
        tone = 0.66 + 0.40 * side + 0.75 * noise.fractal(x * 11, y * 11, 2)
        dark = dark + (np.clip(tone, 0.04, 1) - dark) * crown
        warm = warm + (0.35 - warm) * crown
        trunk = polygon(sheet, [(centre[0] - 0.06 * radius, centre[1] + 1.5 * radius),
                                (centre[0] + 0.10 * radius, centre[1] + 1.5 * radius),
                                (centre[0] + 0.05 * radius, centre[1])])  # fmt: skip
        dark = np.maximum(dark, 0.95 * trunk)
        arc = along(
            blur(away(sheet, (centre[0] - radius * 0.4, centre[1] + radius)), 2)
        )
        angle = np.where(crown > 0.5, arc + 0.5 * noise(x * 8, y * 8), angle)
    return np.clip(dark, 0, 1), np.clip(warm, 0, 1), angle
