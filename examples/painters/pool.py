"""The drawing under the mosaic: two fish that circle in a pool with lilies."""

from dataclasses import dataclass

import numpy as np

from painters.fields import Array, Index, Noise, Sheet, smoothstep
from painters.palette import blend, ink, ramp
from painters.scene import Point, away

_CENTRE: Point = (0.5, 0.5)
_FISH: tuple[tuple[float, float, tuple[str, str, str]], ...] = (
    (0.245, 0.2, ("e8641f", "f9c04a", "fbeeda")),
    (0.245, 0.2 + np.pi, ("a31621", "e2452c", "f6d9b0")),
)
_PADS: tuple[tuple[Point, float], ...] = (
    ((0.12, 0.14), 0.15), ((0.90, 0.88), 0.16), ((0.93, 0.12), 0.10),
    ((0.08, 0.86), 0.12), ((0.56, 0.97), 0.075), ((0.45, 0.02), 0.075),
)  # fmt: skip
_LILIES: tuple[tuple[Point, float], ...] = (
    ((0.17, 0.18), 0.075), ((0.86, 0.83), 0.085), ((0.90, 0.15), 0.05),
)  # fmt: skip


@dataclass
class Pool:
    """Colours, outlines as region numbers, and the form that the stones follow."""

    colour: Array
    region: Index
    form: Array
    gold: Array

    def put(self, mask: Array, colour: Array, form: Array, number: int) -> None:
        """Lay a shape over what is drawn so far."""
        inside = mask > 0.5
        self.colour = np.where(inside[..., None], colour, self.colour)
        self.form = np.where(inside, form, self.form)
        self.region = np.where(inside, number, self.region)
        self.gold = np.where(inside, 0.0, self.gold)


def draw_pool(sheet: Sheet, noise: Noise) -> Pool:
    """Draw it all."""
    pool = _water(sheet, noise)
    for number, (centre, radius) in enumerate(_PADS):
        _pad(sheet, pool, centre, radius, 10 + 4 * number)
    for number, (centre, radius) in enumerate(_LILIES):
        _lily(sheet, pool, centre, radius, 60 + 4 * number)
    for number, (orbit, start, colours) in enumerate(_FISH):
        _fish(sheet, pool, orbit, start, colours, 100 + 20 * number)
    return pool


def _water(sheet: Sheet, noise: Noise) -> Pool:
    """Rings and spirals of blue, with a golden middle."""
    x, y = sheet.coordinates()
    reach = away(sheet, _CENTRE)
    turn = np.arctan2(y - _CENTRE[1], x - _CENTRE[0])
    form = reach + 0.014 * np.sin(6 * turn + 18 * reach) + 0.03 * noise(x * 3, y * 3)
    wave = 0.5 + 0.5 * np.sin(form * 62 + turn)
    light = 0.55 * wave + 0.35 * noise.fractal(x * 4, y * 4, 2) + 0.22
    stops = [(0.0, "0b2f57"), (0.3, "135f86"), (0.55, "1f93a3"), (0.8, "73c7b8"),
             (1.0, "d8efcf")]  # fmt: skip
    colour = ramp(stops, light)
    middle = reach < 0.075
    colour = np.where(
        middle[..., None], ramp([(0, "fbe08a"), (0.075, "d99a1f")], reach), colour
    )
    region = np.where(middle, 1, 0).astype(np.int64)
    return Pool(colour, region, form, middle.astype(np.float64))


def _pad(sheet: Sheet, pool: Pool, centre: Point, radius: float, number: int) -> None:
    """A lily pad with veins and a slit."""
    x, y = sheet.coordinates()
    reach = away(sheet, centre) / radius
    turn = np.arctan2(y - centre[1], x - centre[0])
    slit = np.abs(np.angle(np.exp(1j * (turn - 2.2 - number)))) < 0.22
    vein = 0.5 + 0.5 * np.cos(turn * 9)
    stops = [(0, "17442e"), (0.5, "2f7d3f"), (0.8, "7fb04a"), (1, "d3d66a")]
    colour = ramp(stops, 0.15 + 0.45 * reach**2 + 0.40 * vein)
    rim = (reach > 0.86)[..., None]
    colour = np.where(rim, ink("16382f"), colour)
    pool.put((reach < 1) & ~slit, colour, reach * radius, number)


def _lily(sheet: Sheet, pool: Pool, centre: Point, radius: float, number: int) -> None:
    """Petals in two rings round a golden heart."""
    x, y = sheet.coordinates()
    reach = away(sheet, centre) / radius
    turn = np.arctan2(y - centre[1], x - centre[0])
    for ring, (size, petals, shift) in enumerate(((1.0, 7, 0.0), (0.66, 6, 0.4))):
        lobe = size * (0.72 + 0.28 * np.cos(petals * (turn - shift)))
        shade = ramp([(0, "fff3ea"), (0.5, "f4a9b6"), (1, "c83a6a")], reach / size)
        pool.put((reach < lobe).astype(float), shade, reach * radius, number + ring)
    pool.put((reach < 0.22).astype(float), np.broadcast_to(ink("f2b52e"), shade.shape),
             reach * radius, number + 2)  # fmt: skip
    pool.gold = np.where(reach < 0.22, 1.0, pool.gold)


def _fish(
    sheet: Sheet,
    pool: Pool,
    orbit: float,
    start: float,
    colours: tuple[str, str, str],
    number: int,
) -> None:
    """A fish bent along its circle: place s runs from nose (0) to tail (1)."""
    x, y = sheet.coordinates()
    turn = np.arctan2(y - _CENTRE[1], x - _CENTRE[0])
    s = np.mod(start - turn, 2 * np.pi) / 2.45
    side = away(sheet, _CENTRE) - orbit - 0.03 * np.sin(s * 5)
    back, flank, belly = (ink(code) for code in colours)
    half = (
        0.112 * np.clip(np.sin(np.pi * np.clip(s, 0, 1) ** 0.72), 0, 1) ** 0.85 + 0.010
    )
    form = np.abs(side) + 0.02 * s
    tail_half = 0.02 + 0.62 * np.clip(s - 0.90, 0, 1) * (1 - 0.3 * np.cos(side * 50))
    tail = (
        (s > 0.90)
        & (s < 1.16 - 0.9 * np.abs(np.abs(side) - 0.06))
        & (np.abs(side) < tail_half)
    )
    rays = smoothstep(-0.3, 0.3, np.sin(side * 170))
    pool.put(tail.astype(float), blend(back, flank, rays), side * 0.9, number)
    for sign in (-1.0, 1.0):
        fin = (np.abs(s - 0.36 - 1.6 * (sign * side - half)) < 0.075) & (
            sign * side > half - 0.02
        )
        fin = fin & (sign * side < half + 0.085)
        pool.put(fin.astype(float), blend(flank, belly, rays), s * 0.25, number + 1)
    _body(pool, (s, side, half, form), (back, flank, belly), number)


def _body(
    pool: Pool,
    place: tuple[Array, Array, Array, Array],
    tones: tuple[Array, Array, Array],
    number: int,
) -> None:
    """Scales in rows, a pale head with an eye, a dark line round it."""
    s, side, half, form = place
    back, flank, belly = tones
    across = np.clip(np.abs(side) / half, 0, 1)
    row = s * 30
    scale = 0.5 + 0.5 * np.cos(2 * np.pi * (side * 42 + 0.5 * np.floor(row)))
    body = blend(
        blend(back, flank, across**1.5), belly, 0.75 * (scale > 0.72) * (across < 0.8)
    )
    patch = np.sin(s * 16 + 1.0) + 0.6 * np.sin(side * 40 + s * 8)
    body = blend(body, belly, 0.85 * smoothstep(0.5, 0.8, patch))
    inside = (s > 0.0) & (s < 1.0) & (np.abs(side) < half)
    line = (s > -0.02) & (s < 1.0) & (np.abs(side) < half + 0.013)
    pool.put(
        line.astype(float), np.broadcast_to(ink("1c1420"), body.shape), form, number + 2
    )
    pool.put(inside.astype(float), body, form, number + 3)
    head = inside & (s < 0.20)
    pool.put(head.astype(float), blend(belly, flank, across * 0.7), form, number + 4)
    for sign in (-1.0, 1.0):
        eye = np.hypot((s - 0.115) * 0.6, side - sign * 0.045)
        pool.put(
            (eye < 0.020).astype(float),
            np.broadcast_to(ink("f2c53a"), body.shape),
            eye,
            number + 5,
        )
        pool.put(
            (eye < 0.011).astype(float),
            np.broadcast_to(ink("120d14"), body.shape),
            eye,
            number + 6,
        )
