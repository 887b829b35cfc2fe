"""A mountain lake in spring: glazes of watercolour on rough paper.

A wash is a mask of pigment. Glazes multiply: each lets a share of the light through.
Water carries pigment to the edges and leaves it in the pits of the paper.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from painters.canvas import to_image
from painters.fields import Array, Noise, Sheet, blur, slope, smoothstep
from painters.palette import ink, ramp
from painters.scene import away, columns

SHAPE = (1100, 800)
_SHORE = 0.56


@dataclass
class _Paper:
    """The light that the paper still gives back, and its rough surface."""

    sheet: Sheet
    light: Array
    grain: Array
    noise: Noise
    washes: int = 0

    def wash(self, mask: Array, pigment: Array, depth: float, wet: float = 0.0) -> None:
        """Glaze a mask (H, W) with a pigment (3,) or (H, W, 3).

        Args:
            mask: where the brush went, in [0, 1].
            pigment: its colour on white paper at depth 1.
            depth: how much pigment.
            wet: 0 dries with a hard dark edge, 1 runs into the wet paper.
        """
        x, y = self.sheet.coordinates()
        unit = self.sheet.unit_px
        shift = 31.7 * self.washes
        self.washes += 1
        mask = blur(mask, wet * 22 * unit)
        pool = self.noise.fractal(x * 2.6 + shift, y * 2.6, 3)
        bloom = self.noise.fractal(x * 6 + shift + 0.5 * pool, y * 6 - pool, 2)
        edge = np.clip(mask - blur(mask, 5 * unit), 0, 1) * (1 - wet) * 2.2
        back = smoothstep(0.02, 0.0, np.abs(bloom - 0.16)) * 0.30
        load = mask * (0.72 + 0.75 * pool + back + edge) + 0.25 * edge
        load = load * (1 + 0.20 * self.grain)
        gone = np.clip(0.62 * load * depth, 0, 3)[..., None]
        self.light = self.light * np.clip(pigment, 0.02, 1.0) ** gone


def watercolour(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Paint the lake."""
    noise = Noise(rng)
    paper = _sheet_of_paper(sheet, noise, rng)
    _sky(paper)
    _mountains(paper)
    _water(paper)
    _trees(paper, rng)
    _blossom(paper, rng)
    right, down = slope(paper.grain)
    relief = 1 + 0.07 * np.tanh((right + down) * sheet.unit_px)
    return to_image(paper.light * relief[..., None])


def _sheet_of_paper(sheet: Sheet, noise: Noise, rng: np.random.Generator) -> _Paper:
    x, y = sheet.coordinates()
    cold = noise.fractal(x * 85, y * 85, 3, gain=0.7) * 1.5
    fine = blur(rng.normal(0, 1, x.shape), 1)
    grain = cold + 0.28 * fine / (fine.std() + 1e-9)
    light = np.broadcast_to(ink("fbf5e6"), (*x.shape, 3)).copy()
    return _Paper(sheet, light, grain, noise)


def _ragged(paper: _Paper, edge: Array, amount: float, shift: float) -> Array:
    """Fill below an edge (W,) as a loaded brush does: never quite along the line."""
    x, y = paper.sheet.coordinates()
    stray = amount * paper.noise.fractal(x * 9 + shift, y * 9, 4)
    return smoothstep(-0.003, 0.003, y - edge[None, :] + stray)


def _sky(paper: _Paper) -> None:
    """Rose at the horizon, cobalt above, clouds left open."""
    x, y = paper.sheet.coordinates()
    cloud = paper.noise.fractal(x * 1.7 + 3, y * 3.2, 4)
    open_sky = smoothstep(-0.18, 0.10, cloud)
    paper.wash(
        np.ones_like(y),
        ramp([(0.1, "d5dcf2"), (0.3, "fbe0cf"), (0.55, "fbd0c0")], y),
        0.9,
        1,
    )
    paper.wash(open_sky * smoothstep(0.42, 0.05, y), ink("4a78c8"), 1.15, 0.12)
    paper.wash(open_sky * smoothstep(0.25, 0.0, y), ink("3f6fd0"), 0.6, 0.5)
    under = (
        smoothstep(0.05, 0.30, -cloud)
        * smoothstep(0.02, 0.2, y)
        * smoothstep(0.5, 0.3, y)
    )
    paper.wash(under, ink("b58fb8"), 0.8, 0.35)
    sun = np.exp(-((away(paper.sheet, (0.95, 0.34)) / 0.2) ** 2))
    paper.wash(sun, ink("f9b76a"), 0.9, 0.8)


def _mountains(paper: _Paper) -> None:
    """Four ranges, each nearer, warmer and darker, with mist at their feet."""
    edge = columns(paper.sheet)
    _, y = paper.sheet.coordinates()
    ranges = (
        (0.30, 0.20, 1.5, "b0b4e4", 0.9), (0.37, 0.17, 2.1, "a08fd0", 0.9),
        (0.44, 0.13, 2.7, "6f9cc8", 1.0), (0.49, 0.08, 3.6, "5fae98", 1.0),
    )  # fmt: skip
    for index, (level, height, pace, colour, depth) in enumerate(ranges):
        row = edge * 0 + 11.3 * index
        sharp = 0.5 - np.abs(paper.noise.fractal(edge * pace + 5 * index, row, 5))
        ridge = level - height * (sharp - 0.2) * 1.6
        mass = _ragged(paper, ridge, 0.012, index * 7.0)
        mass = mass * (1 - smoothstep(_SHORE - 0.004, _SHORE + 0.002, y))
        mist = 1 - 0.75 * smoothstep(level + 0.02, _SHORE, y) * (index < 3)
        paper.wash(mass * mist, ink(colour), depth)
        paper.wash(mass * _facets(paper, index), ink(colour), 0.7)


def _facets(paper: _Paper, index: int) -> Array:
    """Shaded sides of a range, dry brush."""
    x, y = paper.sheet.coordinates()
    side = paper.noise.fractal(x * 6 + 2.4 * y + 9 * index, y * 5 - 3 * x, 4)
    return smoothstep(0.0, 0.06, side) * smoothstep(-0.6, 0.6, paper.grain + 3 * side)


def _water(paper: _Paper) -> None:
    """The lake mirrors sky and hills in broken horizontal glazes."""
    x, y = paper.sheet.coordinates()
    lake = smoothstep(_SHORE - 0.002, _SHORE + 0.002, y)
    tint = ramp([(0.56, "f3d2cf"), (0.70, "bfe0ea"), (1.0, "6fb4d4")], y)
    paper.wash(lake, tint, 0.9, 0.1)
    for index, (colour, low, depth) in enumerate((
        ("7fc0b0", 0.06, 0.9), ("7f94d8", 0.18, 0.9), ("4f9fc0", 0.14, 0.8),
        ("3f6fb8", 0.24, 0.9),
    )):  # fmt: skip
        wave = paper.noise.fractal(x * (2.0 + index) + 3 * index, y * 34 - 9 * index, 3)
        reach = 1 - np.abs(np.clip((y - _SHORE - 0.02 - 0.11 * index) / 0.18, -1, 1))
        mask = smoothstep(low, low + 0.03, wave + 0.35 * reach - 0.06)
        paper.wash(lake * mask * smoothstep(0.0, 0.4, reach), ink(colour), depth)


def _trees(paper: _Paper, rng: np.random.Generator) -> None:
    """Firs on a spit of land, wet in wet, and their mirror image."""
    x, y = paper.sheet.coordinates()
    edge = columns(paper.sheet)
    spit = _SHORE + 0.05 - 0.05 * smoothstep(0.85, 0.35, edge)
    thick = 0.040 * smoothstep(0.86, 0.30, edge)
    land = _ragged(paper, spit - thick, 0.012, 4.4) * (
        1 - _ragged(paper, spit, 0.004, 1.0)
    )
    paper.wash(land, ink("b8c04a"), 1.3)
    firs, stray = np.zeros_like(x), 0.02 * paper.noise.fractal(x * 26, y * 26, 2)
    for place in np.sort(rng.uniform(0.0, 0.72, 26)):
        tall = rng.uniform(0.10, 0.30) * (1.05 - 0.8 * place)
        foot = _SHORE + 0.012 + rng.uniform(0, 0.012)
        up = np.clip((foot - y) / tall, 0, 1.2)
        step = 0.75 + 0.25 * np.sin(up * 30 + place * 40)
        wide = 0.17 * tall * np.clip(1 - up, 0, 1) ** 0.8 * step
        tree = (
            smoothstep(0.004, -0.002, np.abs(x - place) - wide + stray * (1 - up))
            * (y < foot)
            * (up < 1)
        )
        firs = np.maximum(firs, tree * rng.uniform(0.55, 1.0))
    paper.wash(
        firs, ramp([(0.2, "4fa8a8"), (0.45, "3f9468"), (0.58, "7a8f3f")], y), 1.6
    )
    paper.wash(
        firs * smoothstep(0.0, 0.1, paper.noise(x * 14, y * 14)), ink("3f5a8f"), 1.1
    )
    row = np.clip((2 * _SHORE + 0.035 - y) * paper.sheet.height_px, 0, y.shape[0] - 1)
    wobble = np.round(4 * paper.sheet.unit_px * np.sin(y * 190)).astype(np.int64)
    column = np.clip(np.arange(x.shape[1])[None, :] + wobble, 0, x.shape[1] - 1)
    mirror = firs[row.astype(np.int64), column] * smoothstep(
        _SHORE + 0.02, _SHORE + 0.04, y
    )
    paper.wash(mirror, ink("6fb0a8"), 0.9, 0.12)


def _blossom(paper: _Paper, rng: np.random.Generator) -> None:
    """A flowering branch before the lake: drops of rose and crimson, and grasses."""
    x, y = paper.sheet.coordinates()
    bough = (
        0.20
        + 0.16 * np.sin(2.2 * (x - 0.55))
        + 0.03 * paper.noise.fractal(x * 4, y * 4, 3)
    )
    twig = smoothstep(
        0.016, 0.008, np.abs(y - bough) + 0.016 * smoothstep(1.1, 0.60, x)
    )
    paper.wash(twig * (x > 0.62), ink("5a3a4a"), 2.0)
    centres = [(float(px), 0.20 + 0.16 * np.sin(2.2 * (px - 0.55)))
               for px in rng.uniform(0.66, 1.40, 44)]  # fmt: skip
    for tint, spread, size in (("f2a7b8", 0.052, 0.040), ("e0567f", 0.045, 0.026),
                               ("a81e4c", 0.035, 0.011)):  # fmt: skip
        drops = np.zeros_like(x)
        for px, py in centres:
            spot = (px + rng.normal(0, spread), py + rng.normal(0, spread))
            reach = away(paper.sheet, (float(spot[0]), float(spot[1])))
            turn = np.arctan2(y - spot[1], x - spot[0])
            petal = (
                size
                * rng.uniform(0.7, 1.2)
                * (0.78 + 0.22 * np.cos(5 * turn + px * 90))
            )
            drops = np.maximum(drops, smoothstep(0.003, -0.003, reach - petal))
        paper.wash(drops, ink(tint), 1.3, 0.02)
    _grasses(paper)


def _grasses(paper: _Paper) -> None:
    """Reeds in the near corner, in two greens."""
    x, y = paper.sheet.coordinates()
    for shift, colour in ((0.0, "d3d860"), (3.1, "9fc25a"), (7.7, "4f9a78")):
        bank = 0.90 + 0.06 * np.sin(1.9 * x + 1 + shift) - 0.02 * shift / 7
        blade = paper.noise(x * 62 + 26 * (1 - y) * (x - 0.6) + shift, y * 5 + shift)
        mask = smoothstep(0.0, 0.012, y - bank + 0.20 * blade - 0.04)
        paper.wash(mask, ink(colour), 1.3)
