"""An avenue after rain: flat slabs of pure colour set down with a palette knife."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import Brush, Canvas
from painters.fields import Array, Noise, Sheet, blur, smoothstep
from painters.palette import blend, ink, ramp
from painters.scene import Point, away, disc, polygon

SHAPE = (1000, 1000)
_END: Point = (0.52, 0.50)  # where the avenue vanishes
_LEAVES = (
    (0.0, "3b1d52"), (0.16, "7a1f3d"), (0.32, "c9302c"), (0.5, "f0702a"),
    (0.66, "f8b62d"), (0.82, "9fbf3a"), (0.92, "2f8f6a"), (1.0, "1f5f8a"),
)  # fmt: skip
_SLABS = (
    Layer(brush=Brush(width=52, length=90, square=1, dryness=0.2, body=0.8),
          edge=0.6, jitter=0.05, stray=0.4, spacing=0.5),
    Layer(brush=Brush(width=26, length=46, square=1, dryness=0.45, body=1.0,
                      streaks=0.16), edge=0.4, jitter=0.10, stray=0.45, spacing=0.8),
    Layer(brush=Brush(width=14, length=30, square=1, dryness=0.4, body=1.2,
                      streaks=0.16), edge=0.3, jitter=0.12, stray=0.4, spacing=1.0,
          stretch=0.4),
)  # fmt: skip
_EDGE = Layer(
    brush=Brush(width=7, length=34, square=1, dryness=0.3, body=1.3),
    edge=0.25, jitter=0.07, stray=0.12, spacing=1.0, stretch=0.4,
)  # fmt: skip


def knife(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the avenue."""
    noise = Noise(rng)
    crowns = _crowns(sheet, noise)
    trees, trunks = _trunks(sheet, crowns, rng)
    guide = _wet_ground(sheet, trees, noise)
    guide, figures = _lamps_and_walkers(sheet, guide)
    x, y = sheet.coordinates()
    angle = np.arctan2(y - _END[1], x - _END[0]) + 0.9 * noise(x * 3, y * 3)
    angle = np.where(trunks > 0.4, np.pi / 2, angle)
    angle = np.where(y > _END[1] + 0.09, np.where(trunks > 0.4, np.pi / 2, 0.05), angle)
    canvas = Canvas(sheet, blend(guide, ink("201526"), 0.5), rng)
    for layer in _SLABS:
        paint(canvas, guide, angle, layer, rng)
    fine = np.clip(0.06 + 0.9 * trunks + figures, 0, 1)
    paint(canvas, guide, angle, _EDGE, rng, where=fine)
    return canvas.lit(0.9, 0.5)


def _crowns(sheet: Sheet, noise: Noise) -> Array:
    """Leaves of every colour, lit from the end of the avenue."""
    x, y = sheet.coordinates()
    reach = away(sheet, _END)
    hue = 0.46 + 0.62 * noise.fractal(x * 3.2, y * 3.2, 3) + 0.16 * (x - 0.5)
    hue = hue + 0.22 * noise(x * 17, y * 17)
    leaves = ramp(_LEAVES, np.clip(hue, 0, 1))
    dark = smoothstep(0.10, 0.55, noise.fractal(x * 4 + 9, y * 4, 3) + 0.5 * reach)
    leaves = blend(leaves, ink("1c2150"), 0.62 * dark)
    glow = np.exp(-((reach / 0.20) ** 2))
    sky = ramp([(0.0, "fff3b8"), (0.4, "ffd05a"), (1.0, "6fa7c9")], reach * 2.4)
    gaps = np.clip(glow * 1.1 + 0.6 * smoothstep(0.25, 0.5, noise(x * 9, y * 9)), 0, 1)
    return blend(leaves, sky, gaps * np.exp(-((reach / 0.36) ** 2)))


def _trunks(
    sheet: Sheet, guide: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Two rows of trunks that shrink towards the end."""
    trunks = np.zeros((sheet.height_px, sheet.width_px))
    for side in (-1.0, 1.0):
        for near in (0.14, 0.24, 0.40, 0.66, 1.05):
            foot: Point = (_END[0] + side * 0.52 * near, _END[1] + 0.04 + 0.20 * near)
            half, lean = 0.026 * near**0.9, float(rng.normal(0, 0.02))
            top: Point = (foot[0] + lean - side * 0.02, foot[1] - 0.75 * near - 0.05)
            shape = [
                (foot[0] - half, foot[1]),
                (foot[0] + half, foot[1]),
                (top[0] + half * 0.4, top[1]),
                (top[0] - half * 0.4, top[1]),
            ]
            trunk = polygon(sheet, shape)
            bark = ink("2a1a38") + 0.30 * (1 - near) * ink("d08a5a")
            guide = blend(guide, bark, trunk)
            lit = (
                polygon(sheet, [(px - side * half * 0.7, py) for px, py in shape])
                * trunk
            )
            guide = blend(guide, ink("e2873c"), lit * 0.8)
            trunks = np.maximum(trunks, trunk)
    return guide, trunks


def _wet_ground(sheet: Sheet, guide: Array, noise: Noise) -> Array:
    """The path mirrors what stands over it, broken by the film of water."""
    x, y = sheet.coordinates()
    edge = _END[1] + 0.045 + 0.16 * np.abs(x - _END[0])
    depth = y - edge
    source = edge - 1.15 * depth + 0.015 * noise(x * 6, y * 40)
    row = np.clip(source * sheet.height_px, 0, sheet.height_px - 1).astype(np.int64)
    column = np.broadcast_to(np.arange(sheet.width_px), row.shape)
    mirror = blur(guide, 5 * sheet.unit_px)[row, column]
    shine = smoothstep(0.0, 0.4, noise.fractal(x * 5, y * 26, 2))
    tint = ramp([(0.0, "3a2f6b"), (0.5, "24386f"), (1.0, "1a1f48")], depth * 2.4)
    wet = blend(blend(mirror, tint, 0.42), ink("ffe0a0"), 0.30 * shine)
    path = np.exp(-(((x - _END[0]) / (0.05 + 0.55 * np.clip(depth, 0, 1))) ** 2))
    wet = blend(wet, ink("ffd873"), 0.55 * path * (1 - np.clip(1.7 * depth, 0, 1)))
    return blend(guide, wet, smoothstep(-0.006, 0.006, depth))


def _lamps_and_walkers(sheet: Sheet, guide: Array) -> tuple[Array, Array]:
    """Lamps along the path, and two people under one umbrella."""
    marks = np.zeros((sheet.height_px, sheet.width_px))
    for near, side in ((0.30, 1.0), (0.52, -1.0), (0.85, 1.0)):
        foot: Point = (_END[0] + side * 0.36 * near, _END[1] + 0.03 + 0.20 * near)
        head: Point = (foot[0], foot[1] - 0.42 * near)
        half = 0.006 * near
        post = polygon(
            sheet,
            [
                (foot[0] - half, foot[1]),
                (foot[0] + half, foot[1]),
                (foot[0] + half, head[1]),
                (foot[0] - half, head[1]),
            ],
        )
        halo = np.exp(-((away(sheet, head) / (0.11 * near)) ** 2))
        guide = blend(blend(guide, ink("ffd467"), 0.85 * halo), ink("17152e"), post)
        guide = blend(guide, ink("fffbe0"), disc(sheet, head, 0.030 * near))
        marks = np.maximum(marks, np.maximum(post, halo * 0.6))
    return _walkers(sheet, guide, marks)


def _walkers(sheet: Sheet, guide: Array, marks: Array) -> tuple[Array, Array]:
    x0, foot = 0.46, 0.70
    for shift, colour in ((-0.014, "a01f35"), (0.016, "1b2f66")):
        body: list[Point] = [
            (x0 + shift - 0.015, foot),
            (x0 + shift + 0.015, foot),
            (x0 + shift + 0.010, foot - 0.10),
            (x0 + shift - 0.010, foot - 0.10),
        ]
        cast: list[Point] = [(px, 2 * foot - py) for px, py in body]
        guide = blend(guide, ink(colour), 0.6 * polygon(sheet, cast))
        guide = blend(guide, ink(colour), polygon(sheet, body))
        marks = np.maximum(marks, polygon(sheet, body))
    canopy = disc(sheet, (x0, foot - 0.095), 0.058)
    _, y = sheet.coordinates()
    canopy = canopy * (y < foot - 0.098)
    return blend(guide, ink("d8263a"), canopy), np.maximum(marks, canopy)
