"""Pictures drawn from a seed, for want of photographs: surfaces that hide each other.

Ellipses and polygons of all sizes lie over each other like leaves: their edges,
shadows and textures have the statistics of photographs, which is what a network learns
from that must know edges from surfaces.

Source: Lee, Mumford and Huang 2001 (dead leaves: areas by a cubic law of sizes);
Baradad et al. 2021 (networks learn from them). They draw flat colours; ours are
textured and lit.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

_Plane = NDArray[np.float64]
_Generator = np.random.Generator
_Part = tuple[slice, slice]
_LARGE_LEAVES, _SMALL_LEAVES = 40, 90
#: Radii, as shares of the picture's side.
_LEAST_RADIUS, _MIDDLE_RADIUS, _MOST_RADIUS = 0.02, 0.07, 0.4
#: Amplitudes of natural textures fall like 1/f to the power of this, or so.
_LEAST_FALL, _MOST_FALL = 0.6, 1.8
_CONTRASTS = (0.02, 0.06, 0.14, 0.25)
_SHADOW = 0.45
_TEXTURES = 6
_ROUND = 24


@dataclass(frozen=True)
class _Leaf:
    """A mask, (height, width) in [0, 1], and where its corner lies."""

    share: _Plane
    top: int
    left: int


def rendering(seed: int, side_px: int) -> Image.Image:
    """Return the picture of a seed, RGB, square; equal seeds give equal pictures."""
    generator = np.random.default_rng(seed)
    palette = _palette(generator)
    textures = [_texture(generator, side_px) for _ in range(_TEXTURES)]
    canvas = _surface(textures[0], palette[0], generator, (side_px, side_px))
    for radius in _radii(generator):
        color = palette[generator.integers(len(palette))]
        texture = textures[generator.integers(len(textures))]
        leaf = _leaf(generator, side_px, radius * side_px)
        surface = _surface(texture, color, generator, leaf.share.shape)
        _lay(canvas, leaf, surface)
    levels = np.clip(canvas + generator.normal(0, 0.008, canvas.shape), 0, 1)
    return Image.fromarray((levels * 255).round().astype(np.uint8))


def _palette(generator: _Generator) -> _Plane:
    """Return (12, 3) colours in [0, 1] round a common one, as light makes them."""
    common = generator.uniform(0.25, 0.7, 3)
    own = generator.uniform(0.02, 0.98, (12, 3))
    muted = 0.55 * own + 0.45 * own.mean(axis=1, keepdims=True)
    palette: _Plane = 0.75 * muted + 0.25 * common
    return palette


def _radii(generator: _Generator) -> _Plane:
    """Return radii by the law r^-3 that makes all scales alike, large ones first."""
    large = _drawn_radii(generator, _LARGE_LEAVES, _MIDDLE_RADIUS, _MOST_RADIUS)
    small = _drawn_radii(generator, _SMALL_LEAVES, _LEAST_RADIUS, _MIDDLE_RADIUS)
    return np.concatenate([np.sort(large)[::-1], small])


def _drawn_radii(
    generator: _Generator, count: int, least: float, most: float
) -> _Plane:
    share = generator.uniform(0, 1, count)
    radii: _Plane = (least**-2 + share * (most**-2 - least**-2)) ** -0.5
    return radii


def _texture(generator: _Generator, side_px: int) -> _Plane:
    """Return noise (side, side) of mean 0 and deviation 1 with a falling spectrum."""
    fall = generator.uniform(_LEAST_FALL, _MOST_FALL)
    rows, columns = np.fft.fftfreq(side_px), np.fft.rfftfreq(side_px)
    stretch = 2.0 ** generator.uniform(-2, 2)  # grain along one axis
    frequency = np.hypot(rows[:, None] * stretch, columns[None, :] / stretch)
    frequency[0, 0] = np.inf
    white = np.fft.rfft2(generator.normal(size=(side_px, side_px)))
    noise = np.fft.irfft2(white / frequency**fall, (side_px, side_px))
    texture: _Plane = (noise - noise.mean()) / noise.std()
    return texture


def _surface(
    texture: _Plane, color: _Plane, generator: _Generator, size: tuple[int, ...]
) -> _Plane:
    """Return (height, width, 3) of a colour: grained, and lit from one side."""
    height, width = size
    row, column = generator.integers(len(texture), size=2)
    rows = (row + np.arange(height)) % len(texture)
    columns = (column + np.arange(width)) % len(texture)
    grain = texture[np.ix_(rows, columns)]
    angle = generator.uniform(0, 2 * math.pi)
    across = np.linspace(-0.5, 0.5, height)[:, None] * math.sin(angle)
    light = across + np.linspace(-0.5, 0.5, width)[None, :] * math.cos(angle)
    lightness = 1 + generator.choice(_CONTRASTS) * grain
    lightness = lightness + generator.uniform(0, 0.7) * light
    surface: _Plane = color * lightness[..., None]
    return surface


def _leaf(generator: _Generator, side_px: int, radius_px: float) -> _Leaf:
    """Return an ellipse or a polygon somewhere on the canvas."""
    center = generator.uniform(-0.05, 1.05, 2) * side_px
    corners = int(generator.choice([3, 4, 5, _ROUND, _ROUND, _ROUND]))
    reach = math.ceil(1.2 * radius_px) + 8
    points = _outline(generator, corners, radius_px) + reach
    mask = Image.new("L", (2 * reach, 2 * reach))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in points.tolist()], 255)
    # Some are out of focus.
    blur_px = float(generator.choice([0.6, 0.6, 0.6, 2.5]))
    share = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur_px)), np.float64)
    return _Leaf(share / 255, int(center[1]) - reach, int(center[0]) - reach)


def _outline(generator: _Generator, corners: int, radius_px: float) -> _Plane:
    """Return (corners, 2) points round the origin, turned and squeezed."""
    turn = generator.uniform(0, 2 * math.pi)
    aspect = generator.uniform(0.35, 1.0)
    wobble = generator.uniform(0.85, 1.15, corners) if corners < _ROUND else 1.0
    angles = np.arange(corners) * 2 * math.pi / corners
    along = wobble * radius_px * np.cos(angles)
    across = wobble * radius_px * aspect * np.sin(angles)
    x = along * math.cos(turn) - across * math.sin(turn)
    y = along * math.sin(turn) + across * math.cos(turn)
    return np.stack([x, y], axis=1)


def _lay(canvas: _Plane, leaf: _Leaf, surface: _Plane) -> None:
    """Put a leaf on the canvas, over its shadow."""
    offset = max(2, len(canvas) // 100)
    soft = Image.fromarray((leaf.share * 255).astype(np.uint8))
    blurred = soft.filter(ImageFilter.GaussianBlur(offset))
    shade = np.asarray(blurred, np.float64)[..., None] / 255
    there, here = _overlap(canvas, leaf, offset)
    canvas[there] *= 1 - _SHADOW * shade[here]
    there, here = _overlap(canvas, leaf, 0)
    share = leaf.share[here][..., None]
    canvas[there] = (1 - share) * canvas[there] + share * surface[here]


def _overlap(canvas: _Plane, leaf: _Leaf, offset: int) -> tuple[_Part, _Part]:
    """Return the part of the canvas under a moved leaf, and that of the leaf."""
    there, here = [], []
    corners = (leaf.top + offset, leaf.left + offset)
    for start, length in zip(corners, leaf.share.shape, strict=True):
        first = min(max(start, 0), len(canvas))
        last = max(first, min(start + length, len(canvas)))
        there.append(slice(first, last))
        here.append(slice(first - start, last - start))
    return (there[0], there[1]), (here[0], here[1])
