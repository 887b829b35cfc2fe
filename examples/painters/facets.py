"""A still life broken into planes: ochre, umber and slate, each plane brushed flat."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import Brush, Canvas, Stroke
from painters.fields import Array, Noise, Sheet, smoothstep
from painters.palette import blend, ink, inks
from painters.scene import Point, away

SHAPE = (820, 1080)
_TONES = inks("d9b071", "b98a4a", "8a5f34", "5a3d28", "2e2420", "7d7f72", "566270",
              "323a45", "a9aa92", "c96f3a", "e8d3a2", "3f5a50")  # fmt: skip
_PLANES = 34
_LAYERS = (
    Layer(brush=Brush(width=30, length=80, square=0.7, dryness=0.4), edge=0.30,
          jitter=0.035, stray=0.08, spacing=0.5),
    Layer(brush=Brush(width=15, length=52, square=0.7, dryness=0.6, streaks=0.2),
          edge=0.14, jitter=0.04, stray=0.08, spacing=0.7),
    Layer(brush=Brush(width=7.5, length=30, square=0.7, dryness=0.5, body=1.3,
                      streaks=0.2), edge=0.10, jitter=0.045, stray=0.08, spacing=0.9,
          stretch=0.4),
)  # fmt: skip


def facets(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the still life."""
    guide, angle = _broken(sheet, rng)
    guide = _things(sheet, guide, rng)
    guide, angle = _glints(sheet, guide, angle, rng)
    canvas = Canvas(sheet, blend(guide, ink("2e2018"), 0.45), rng)
    for layer in _LAYERS:
        paint(canvas, guide, angle, layer, rng)
    _lines(canvas, rng)
    return canvas.lit(0.7, 0.22)


def _broken(sheet: Sheet, rng: np.random.Generator) -> tuple[Array, Array]:
    """Planes laid over one another, shaded from one edge; small in the middle."""
    x, y = sheet.coordinates()
    wide = sheet.width_px / sheet.height_px
    guide = np.broadcast_to(ink("6f6250"), (*x.shape, 3)).copy()
    angle = np.full(x.shape, 0.6)
    for index in range(_PLANES * 5):
        size = 0.42 * (1 - index / (_PLANES * 5)) ** 0.8 + 0.045
        spread = 0.20 + 0.75 * size
        middle = (
            wide / 2 + rng.normal(0, spread * 0.62),
            0.5 + rng.normal(0, spread * 0.8),
        )
        turn = float(rng.choice([0.35, 1.22, 1.9, 2.75, 0.0, 1.57])) + rng.normal(
            0, 0.12
        )
        u = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
        v = (y - middle[1]) * np.cos(turn) - (x - middle[0]) * np.sin(turn)
        skew = rng.uniform(-0.5, 0.5)
        ratio = rng.uniform(0.35, 1.0)
        inside = (np.abs(u) < size) & (np.abs(v + skew * u) < size * ratio)
        shade = np.clip((u / size + 1) / 2, 0, 1) ** 1.2
        first, second = _pair(middle, wide, rng)
        plane = blend(first, second, shade)
        keep = np.where(inside, 0.35 + 0.65 * shade, 0.0)
        guide = blend(guide, plane, keep)
        angle = np.where(inside & (shade > 0.25), turn + 1.57, angle)
    return guide, angle


def _pair(middle: Point, wide: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Two tones of a plane: warm and light near the middle, slate at the borders."""
    far = np.hypot((middle[0] - wide / 2) * 1.3, middle[1] - 0.5)
    cold = rng.random() < 0.25 + 0.9 * far
    group = _TONES[[5, 6, 7, 8, 4, 11]] if cold else _TONES[[0, 1, 2, 9, 10, 3]]
    first, second = rng.choice(len(group), 2, replace=False)
    return group[first], group[second] * rng.uniform(0.6, 1.3)


def _things(sheet: Sheet, guide: Array, rng: np.random.Generator) -> Array:
    """A guitar seen from several sides, a bottle, a fruit: lightly, over the planes."""
    x, y = sheet.coordinates()
    noise = Noise(rng)
    for centre, radius, half, tone in (
        ((0.34, 0.62), 0.155, 0, "c98a45"), ((0.42, 0.62), 0.155, 1, "8a4f2a"),
        ((0.35, 0.43), 0.105, 0, "d9a35a"), ((0.42, 0.43), 0.105, 1, "6f4226"),
        ((0.375, 0.56), 0.050, 2, "1c1614"), ((0.60, 0.80), 0.060, 0, "c9602f"),
        ((0.60, 0.80), 0.060, 1, "7a2f22"), ((0.17, 0.80), 0.070, 1, "9aa06a"),
    ):  # fmt: skip
        round_ = away(sheet, centre) + 0.004 * noise(x * 9, y * 9) < radius
        side = (x > centre[0]) if half == 1 else (x <= centre[0])
        mask = round_ & (side if half < 2 else round_)
        light = smoothstep(radius, -radius, (x - centre[0]) + (y - centre[1]))
        guide = blend(guide, ink(tone) * (0.65 + 0.5 * light[..., None]), 0.82 * mask)
    neck = (np.abs(x - 0.38 - 0.10 * (0.4 - y)) < 0.020) & (y < 0.50) & (y > 0.08)
    guide = blend(guide, ink("2a1c16"), 0.9 * neck)
    bottle = (
        (np.abs(x - 0.62) < np.where(y < 0.36, 0.022, 0.058)) & (y > 0.20) & (y < 0.66)
    )
    slate = blend(ink("28443c"), ink("9fb8a0"), np.clip((x - 0.56) * 8, 0, 1))
    return blend(guide, slate, 0.75 * bottle)


def _glints(
    sheet: Sheet, guide: Array, angle: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Turn small wedges of the picture into light or shadow, across the things."""
    x, y = sheet.coordinates()
    for _ in range(46):
        middle = (rng.normal(0.38, 0.16), rng.normal(0.52, 0.22))
        turn = float(rng.choice([0.35, 1.22, 1.9, 2.75])) + rng.normal(0, 0.1)
        u = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
        v = (y - middle[1]) * np.cos(turn) - (x - middle[0]) * np.sin(turn)
        size = rng.uniform(0.05, 0.13)
        wedge = (u > 0) & (u < size) & (np.abs(v) < 0.15 * size + 0.5 * u)
        tone = _TONES[int(rng.choice([10, 10, 0, 4, 3, 7]))]
        guide = blend(guide, tone, np.where(wedge, 0.8 * u / size, 0.0))
        angle = np.where(wedge, turn + 1.57, angle)
    return guide, angle


def _lines(canvas: Canvas, rng: np.random.Generator) -> None:
    """Draw dark edges and strings over the planes; they overshoot."""
    scale = canvas.sheet.height_px
    lines: list[tuple[Point, Point, float]] = [
        ((0.372 + 0.004 * k + 0.030, 0.09), (0.355 + 0.008 * k, 0.70), 2.2)
        for k in range(5)
    ]
    lines += [
        ((0.56, 0.36), (0.56, 0.68), 5),
        ((0.68, 0.34), (0.68, 0.67), 5),
        ((0.05, 0.88), (0.72, 0.83), 6),
        ((0.30, 0.70), (0.45, 0.69), 5),
    ]
    for _ in range(26):
        start = (float(rng.normal(0.38, 0.2)), float(rng.normal(0.5, 0.25)))
        turn, far = rng.choice([0.35, 1.22, 1.9, 2.75]), rng.uniform(0.08, 0.30)
        end = (
            start[0] + far * float(np.cos(turn)),
            start[1] + far * float(np.sin(turn)),
        )
        lines.append((start, end, 4.0))
    for start, end, width in lines:
        brush = Brush(width=width, length=0, dryness=0.6, body=0.8)
        canvas.lay(
            brush, Stroke(np.array([start, end]) * scale, ink("17120f"), ink("2f241c"))
        )
    for centre, radius, low, high in (
        ((0.34, 0.62), 0.157, 1.6, 4.6),
        ((0.42, 0.62), 0.157, -1.5, 1.5),
        ((0.35, 0.43), 0.107, 1.7, 4.4),
        ((0.42, 0.43), 0.107, -1.3, 1.4),
    ):
        arc = np.linspace(low, high, 24)
        path = np.stack(
            [centre[0] + radius * np.cos(arc), centre[1] + radius * np.sin(arc)],
            axis=-1,
        )
        brush = Brush(width=5, length=0, dryness=0.5)
        canvas.lay(brush, Stroke(path * scale, ink("17120f"), ink("2f241c")))
