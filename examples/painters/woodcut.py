"""A breaking wave as a woodcut: three inks on paper, lines that follow the form.

No strokes here. Each ink is a plate (H, W): where the wood stands, ink goes to paper;
carved lines are the zeros of a wave whose phase follows the contours of the form.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from painters.canvas import to_image
from painters.fields import Array, Noise, Sheet, blur, distance_px, smoothstep
from painters.palette import blend, ink
from painters.scene import Point, columns, disc, polygon, rounded

SHAPE = (1100, 780)
_SUN: Point = (1.06, 0.25)


@dataclass
class _Plates:
    """What each block prints, 0 bare wood cut away, 1 full ink."""

    key: Array
    blue: Array
    pale: Array
    red: Array
    lines: float  # how far apart carved lines are, in picture heights


def woodcut(sheet: Sheet, rng: np.random.Generator) -> Image.Image:
    """Cut and print the wave."""
    noise = Noise(rng)
    empty = np.zeros((sheet.height_px, sheet.width_px))
    plates = _Plates(empty, empty, empty, empty, max(0.0125, 3.2 / sheet.height_px))
    _sky(sheet, plates, noise)
    _swell(sheet, plates, noise, 0.60, 0.050, 2.3, 0.4)
    _breaker(sheet, plates, noise, rng)
    _swell(sheet, plates, noise, 0.80, 0.060, 1.7, 2.2)
    _swell(sheet, plates, noise, 0.93, 0.045, 2.6, 4.4)
    return to_image(_print(sheet, plates, noise, rng))


def _cut(phase: Array, thick: Array) -> Array:
    """Stand lines of ink at whole phases; `thick` in [0, 1] is their share."""
    saw = np.abs(phase - np.round(phase)) * 2
    soft = 0.16
    return 1 - smoothstep(-soft, soft, saw - np.clip(thick, 0, 1.2))


def _put(plates: _Plates, mask: Array, key: Array, blue: Array, pale: Array) -> None:
    """Lay a form over what is behind it on every block."""
    plates.key = plates.key * (1 - mask) + key * mask
    plates.blue = plates.blue * (1 - mask) + blue * mask
    plates.pale = plates.pale * (1 - mask) + pale * mask
    plates.red = plates.red * (1 - mask)


def _sky(sheet: Sheet, plates: _Plates, noise: Noise) -> None:
    """Long clouds over a pale gradation, and the sun."""
    x, y = sheet.coordinates()
    drift = y + 0.02 * np.sin(5 * x) + 0.035 * noise(x * 2, y * 3)
    plates.pale = smoothstep(0.40, 0.0, y) * 0.9 + 0.1
    bank = smoothstep(-0.05, 0.25, noise.fractal(x * 1.5, drift * 6, 2))
    plates.blue = _cut(drift / plates.lines * 0.8, 0.15 + 0.55 * bank * (1 - y))
    plates.red = disc(sheet, _SUN, 0.135, 0.002)
    plates.red = np.maximum(plates.red, 0.9 * _cut(drift / plates.lines * 0.8, 0.7 * (
        smoothstep(0.30, 0.62, y) - 0.2)))  # fmt: skip
    plates.blue = plates.blue * (1 - disc(sheet, _SUN, 0.135, 0.002))


def _swell(
    sheet: Sheet,
    plates: _Plates,
    noise: Noise,
    level: float,
    height: float,
    pace: float,
    start: float,
) -> None:
    """One ridge of water with pointed crests, carved along its form."""
    x, y = sheet.coordinates()
    edge = columns(sheet)
    turn = edge * pace * 2 * np.pi + start
    ridge = level - height * (1 - 2 * np.abs(np.sin(turn / 2)) ** 0.7)
    ridge = ridge + 0.012 * noise(edge * 9, edge * 0 + start)
    depth = y - ridge[None, :]
    mask = smoothstep(-0.002, 0.002, depth)
    form = depth * (1.0 + 0.25 * np.sin(turn)[None, :]) + 0.012 * noise(x * 5, y * 9)
    tone = 0.25 + 5.0 * depth + 0.25 * np.sin(turn + 0.8)[None, :]
    key = _cut(form / plates.lines, np.clip(tone - 0.55, 0, 0.6))
    key = np.maximum(key, 1 - smoothstep(0.0035, 0.0055, depth))
    blue = _cut(form / plates.lines + 0.5, np.clip(tone + 0.15, 0, 1.2))
    foam = _foam(sheet, depth, noise, 0.022)
    _put(
        plates,
        mask,
        key * (1 - foam),
        blue * (1 - foam),
        np.full_like(y, 0.8) * (1 - foam),
    )


def _foam(sheet: Sheet, depth: Array, noise: Noise, reach: float) -> Array:
    """White water that runs down from a crest in tongues."""
    x, y = sheet.coordinates()
    tongue = reach * (0.7 + 1.6 * noise(x * 26, y * 7) + 1.0 * noise(x * 60, y * 15))
    inside = smoothstep(0.006, 0.008, depth)
    return inside * (1 - smoothstep(-0.002, 0.002, depth - tongue))


def _breaker(
    sheet: Sheet, plates: _Plates, noise: Noise, rng: np.random.Generator
) -> None:
    """The great wave: it climbs from the right, curls over and throws its claws."""
    body, lip = polygon(sheet, _outline()), _lip()
    x, y = sheet.coordinates()
    inner = distance_px(body < 0.5) / sheet.height_px
    hollow = polygon(sheet, _hollow())
    arc = np.hypot(x - 0.66, (y - 0.50) * 1.1) + 0.010 * noise(x * 6, y * 6)
    form = np.where(hollow > 0.5, arc, arc)
    tone = np.where(hollow > 0.5, 0.72 - 1.4 * (y - 0.35), 0.16 + 2.6 * inner)
    key = _cut(form / plates.lines, np.clip(tone - 0.42, 0, 0.66))
    blue = _cut(form / plates.lines + 0.5, np.clip(tone + 0.22, 0, 1.2))
    blue = np.where(hollow > 0.5, np.maximum(blue, 0.25 + tone * 0.9), blue)
    rim = 1 - smoothstep(0.0045, 0.0065, inner)
    foam = _foam(sheet, inner, noise, 0.030) * (y < 0.62)
    pale = np.where(hollow > 0.5, 1.0, 0.75)
    _put(plates, body, np.maximum(key * (1 - foam), rim), blue * (1 - foam),
         pale * (1 - foam))  # fmt: skip
    _claws(sheet, plates, lip, rng)
    _spray(sheet, plates, rng)


def _outline() -> list[Point]:
    return _rounded([
        (-0.1, 0.98), (-0.1, 0.50), (0.06, 0.36), (0.18, 0.20), (0.34, 0.10),
        (0.52, 0.07), (0.70, 0.10), (0.84, 0.19), (0.90, 0.30), (0.885, 0.39),
        (0.84, 0.345), (0.78, 0.29), (0.70, 0.27), (0.60, 0.29), (0.52, 0.36),
        (0.49, 0.46), (0.52, 0.57), (0.62, 0.67), (0.78, 0.73), (0.98, 0.76),
        (0.98, 0.98),
    ])  # fmt: skip


def _hollow() -> list[Point]:
    return _rounded([
        (0.34, 0.98), (0.30, 0.70), (0.32, 0.48), (0.42, 0.31), (0.56, 0.22),
        (0.70, 0.205), (0.80, 0.25), (0.86, 0.34), (0.80, 0.32), (0.70, 0.29),
        (0.60, 0.30), (0.52, 0.36), (0.48, 0.46), (0.51, 0.58), (0.62, 0.68),
        (0.80, 0.76), (0.80, 0.98),
    ])  # fmt: skip


def _lip() -> list[Point]:
    return _rounded([
        (0.18, 0.20), (0.34, 0.10), (0.52, 0.07), (0.70, 0.10), (0.84, 0.19),
        (0.90, 0.30), (0.885, 0.39), (0.84, 0.345), (0.78, 0.29), (0.70, 0.27),
        (0.60, 0.29),
    ])  # fmt: skip


def _rounded(points: list[Point]) -> list[Point]:
    return [(float(x), float(y)) for x, y in rounded(np.array(points))]


def _claws(
    sheet: Sheet, plates: _Plates, lip: list[Point], rng: np.random.Generator
) -> None:
    """Hooks of foam along the lip: white discs with a dark rim, in chains."""
    for index in range(0, len(lip), 2):
        centre = np.array(lip[index])
        heading = float(rng.uniform(0.2, 1.5))
        radius = float(rng.uniform(0.016, 0.028))
        for _ in range(5):
            spot: Point = (float(centre[0]), float(centre[1]))
            rim = disc(sheet, spot, radius, 0.0015)
            white = disc(sheet, spot, radius - 0.0045, 0.0015)
            empty = np.zeros_like(rim)
            _put(plates, rim, np.ones_like(rim), empty, empty)
            _put(plates, white, empty, empty, empty + 0.12)
            heading += float(rng.normal(0.25, 0.3))
            centre = centre + radius * 1.15 * np.array(
                [np.cos(heading), np.sin(heading)]
            )
            radius *= 0.76


def _spray(sheet: Sheet, plates: _Plates, rng: np.random.Generator) -> None:
    for _ in range(90):
        far = rng.exponential(0.10)
        turn = rng.uniform(-0.5, 1.1)
        spot: Point = (0.86 + far * np.cos(turn), 0.24 + 1.4 * far * np.sin(turn))
        dot = disc(sheet, spot, float(rng.uniform(0.002, 0.006)), 0.0015)
        _put(plates, dot, dot * 0, dot * 0, dot * 0)


def _print(
    sheet: Sheet, plates: _Plates, noise: Noise, rng: np.random.Generator
) -> Array:
    """Print the blocks one over the other, each a little out of register."""
    x, y = sheet.coordinates()
    fibre = 0.5 + 0.5 * noise(x * 8, y * 220) + 0.25 * noise(x * 160, y * 90)
    paper = blend(
        np.broadcast_to(ink("f0dfb8"), (*x.shape, 3)), ink("d9bd86"), 0.5 * fibre
    )
    grain = np.sin(
        70 * (y + 0.05 * noise(x * 1.2, y * 4) + 0.004 * noise(x * 30, y * 8)) * 3
    )
    salt = blur(rng.random(x.shape), 1)
    salt = (salt - salt.mean()) / (salt.std() + 1e-9)
    blocks = (
        (plates.pale, "7fb0ad", 0.78, 2), (plates.red, "c9402a", 0.92, -2),
        (plates.blue, "1f5a94", 0.92, 1), (plates.key, "10203f", 0.97, 0),
    )  # fmt: skip
    for plate, colour, strength, shift in blocks:
        moved = np.roll(plate, round(shift * sheet.unit_px), axis=1)
        wear = np.clip(
            1 - 0.16 * (grain > 0.75) - 0.10 * np.clip(salt - 0.6, 0, 2), 0, 1
        )
        paper = blend(
            paper, ink(colour) * (0.35 + 0.65 * paper), moved * strength * wear
        )
    return paper
