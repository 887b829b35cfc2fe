"""A river bank on a summer afternoon: pure colours set side by side as points."""

import numpy as np
from PIL import Image

from painters.brushwork import Layer, paint
from painters.canvas import THINNEST_PX, Brush, Canvas, Stroke
from painters.fields import Array, Noise, Sheet, smoothstep
from painters.palette import blend, ink, inks, ramp
from painters.scene import Point, away, below, columns, polygon

SHAPE = (1100, 800)
_BANK = 0.44
_PIGMENTS = inks(
    "f7f1d0", "ffe27a", "f6b73c", "ee7f33", "d94b3a", "c2497a", "7d4fa0", "4450a8",
    "2f6fbf", "58a6d8", "a8d3e6", "2f8f83", "3f9a4a", "86bf4a", "c6d85f", "22305f",
    "f3b9a7", "184a3f",
)  # fmt: skip


def points(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the river bank."""
    guide = _river_bank(sheet, rng)
    canvas = Canvas(sheet, ink("d8cfa6"), rng)
    _, y = sheet.coordinates()
    wash = Layer(brush=Brush(width=34, length=80), edge=0.4, jitter=0.06)
    paint(canvas, guide, np.where(y > 0.5, 0.1, 0.6), wash, rng)
    for width, stray, share in (
        (13.0, 0.10, 0.75),
        (9.0, 0.13, 0.95),
        (6.5, 0.16, 0.7),
    ):
        _dots(
            canvas, guide, Brush(width=width, length=width, body=1.5), stray, share, rng
        )
    return canvas.lit(0.8, 0.25)


def _dots(
    canvas: Canvas,
    guide: Array,
    brush: Brush,
    stray: float,
    share: float,
    rng: np.random.Generator,
) -> None:
    """Set points of the pigment nearest to a colour strayed from the guide."""
    sheet = canvas.sheet
    pitch = max(brush.width * sheet.unit_px, THINNEST_PX) * 0.92
    rows, columns_ = np.mgrid[0 : sheet.height_px : pitch, 0 : sheet.width_px : pitch]
    grid = np.stack([columns_, rows], axis=-1).reshape(-1, 2)
    grid = grid + rng.normal(0, 0.28 * pitch, grid.shape)
    grid = grid[rng.random(len(grid)) < share]
    rng.shuffle(grid)
    row = np.clip(grid[:, 1].astype(int), 0, sheet.height_px - 1)
    column = np.clip(grid[:, 0].astype(int), 0, sheet.width_px - 1)
    wanted = guide[row, column]
    light = rng.normal(0, stray * 0.6, (len(grid), 1))
    asked = wanted + light + rng.normal(0, stray, wanted.shape)
    away_from = ((asked[:, None] - _PIGMENTS[None]) ** 2).sum(axis=-1)
    pigment = _PIGMENTS[np.argmin(away_from, axis=1)]
    colours = 0.62 * pigment + 0.38 * wanted
    turn = rng.random(len(grid)) * np.pi
    for place, colour, angle in zip(grid, colours, turn, strict=True):
        reach = np.array([np.cos(angle), np.sin(angle)]) * pitch * 0.16
        canvas.lay(
            brush, Stroke(np.stack([place - reach, place + reach]), colour, colour)
        )


def _river_bank(sheet: Sheet, rng: np.random.Generator) -> Array:
    """Sky, far bank, river with sails, a near meadow and two trees' shade."""
    x, y = sheet.coordinates()
    noise = Noise(rng)
    guide = ramp([(0.0, "6fb2e0"), (0.2, "a9d3e8"), (0.42, "f6e6c0")], y)
    cloud = smoothstep(0.05, 0.4, noise.fractal(x * 2.2, y * 5, 4))
    guide = blend(guide, ink("fdf3dc"), cloud * 0.85)
    guide = blend(guide, _far_bank(sheet, noise), _far_mask(sheet, noise))
    water = ramp(
        [(_BANK, "c9dfd6"), (0.56, "6fb0cf"), (0.72, "3d78b8"), (0.9, "2c4f9c")], y
    )
    glint = smoothstep(0.05, 0.35, noise(x * 7, y * 60))
    water = blend(water, ink("fdf0c4"), glint * 0.7)
    water = blend(water, ink("3c7a52"), smoothstep(0.1, 0.5, noise(x * 3, y * 30)) * 0.6
                  * (1 - smoothstep(_BANK, 0.6, y)))  # fmt: skip
    guide = blend(guide, water, smoothstep(_BANK - 0.003, _BANK + 0.003, y))
    guide = _sails(sheet, guide)
    return _meadow(sheet, guide, noise)


def _far_mask(sheet: Sheet, noise: Noise) -> Array:
    _, y = sheet.coordinates()
    x = columns(sheet)
    ridge = 0.33 + 0.11 * noise.fractal(x * 3.2, x * 0 + 4.4, 4)
    return below(sheet, ridge) * (1 - smoothstep(_BANK - 0.004, _BANK + 0.004, y))


def _far_bank(sheet: Sheet, noise: Noise) -> Array:
    """Trees in sun above and violet shade below."""
    x, y = sheet.coordinates()
    light = 0.5 + 1.1 * noise.fractal(x * 7, y * 9, 3) - 3.2 * (y - 0.36)
    return ramp(
        [(0.0, "3b3f80"), (0.35, "2f7a5c"), (0.65, "7fb34a"), (1.0, "f0d95e")], light
    )


def _sails(sheet: Sheet, guide: Array) -> Array:
    boats: tuple[tuple[float, float, float], ...] = (
        (0.42, 0.52, 0.16), (0.63, 0.485, 0.10), (0.86, 0.50, 0.12), (1.02, 0.47, 0.07)
    )  # fmt: skip
    _, y = sheet.coordinates()
    for x0, foot, tall in boats:
        sail: list[Point] = [(x0, foot - tall), (x0, foot), (x0 + tall * 0.5, foot)]
        jib: list[Point] = [(x0 - 0.006, foot - tall * 0.9), (x0 - 0.006, foot),
                            (x0 - tall * 0.28, foot)]  # fmt: skip
        hull: list[Point] = [
            (x0 - tall * 0.3, foot + 0.004),
            (x0 + tall * 0.55, foot + 0.004),
            (x0 + tall * 0.42, foot + 0.02),
            (x0 - tall * 0.2, foot + 0.02),
        ]
        mirror: list[Point] = [(px, 2 * foot + 0.04 - py) for px, py in sail]
        wave = 0.5 + 0.5 * np.sin(y * 260)
        guide = blend(guide, ink("f3e7cf"), polygon(sheet, mirror) * wave * 0.8)
        guide = blend(guide, ink("fff7e2"), polygon(sheet, sail))
        guide = blend(guide, ink("e98a55"), polygon(sheet, jib))
        guide = blend(guide, ink("5b2b55"), polygon(sheet, hull))
    return guide


def _meadow(sheet: Sheet, guide: Array, noise: Noise) -> Array:
    """The near bank, flowers in it, and the crown of a tree over it."""
    x, y = sheet.coordinates()
    edge = columns(sheet)
    shore = 0.70 + 0.16 * smoothstep(0.2, 1.3, edge) + 0.02 * noise(edge * 6, edge * 0)
    light = 0.55 + 0.8 * noise.fractal(x * 4, y * 8, 3)
    shade = np.exp(-(((x - 0.35) / 0.42) ** 2 + ((y - 0.93) / 0.10) ** 2))
    meadow = ramp([(0, "26346e"), (0.25, "1f6a55"), (0.55, "6fb043"), (1, "ecd755")],
                  light - 0.6 * shade)  # fmt: skip
    bloom = smoothstep(0.28, 0.42, noise(x * 42, y * 42))
    meadow = blend(meadow, ink("e0503f"), bloom * (noise(x * 3, y * 3) > 0))
    meadow = blend(meadow, ink("fbe9d8"), bloom * (noise(x * 3, y * 3) <= -0.05))
    guide = blend(guide, meadow, below(sheet, shore))
    return _trees(sheet, guide, noise)


def _trees(sheet: Sheet, guide: Array, noise: Noise) -> Array:
    x, y = sheet.coordinates()
    trunks: tuple[tuple[float, float], ...] = ((0.15, 0.020), (1.27, 0.016))
    for place, half in trunks:
        lean: list[Point] = [
            (place - half, 0.86),
            (place + half, 0.86),
            (place + half * 0.7, 0.1),
            (place - half * 0.5, 0.1),
        ]
        bark = ramp([(-1, "e58a4a"), (0, "7a3f5a"), (1, "2c2a63")], (x - place) / half)
        guide = blend(guide, bark, polygon(sheet, lean))
    crown = 0.28 - away(sheet, (0.13, 0.12)) + 0.22 * noise.fractal(x * 5, y * 5, 4)
    other = 0.17 - away(sheet, (1.30, 0.16)) + 0.2 * noise.fractal(x * 5, y * 5, 4)
    mass = smoothstep(-0.01, 0.02, np.maximum(crown, other))
    light = (
        0.40 + 0.9 * noise.fractal(x * 8, y * 8, 3) - 0.9 * (x - y - 0.05) * (x < 0.7)
    )
    leaves = ramp(
        [(0, "26306e"), (0.3, "1f6d52"), (0.6, "5fa545"), (0.9, "f2d34f")], light
    )
    return blend(guide, leaves, mass)
