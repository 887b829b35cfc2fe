"""How far apart pictures' colours are to the eye, wherever they lie.

Knows colours, neither networks nor files.
"""

import math

import torch
from torch import Tensor

#: From linear sRGB to the answers of the eye's three cones, and from their cube roots
#: to lightness, green-red and blue-yellow. Source: Ottosson 2020, "A perceptual color
#: space for image processing", the code for linear sRGB, as corrected in January 2021.
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OPPONENTS = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
#: With these a shift of all colours is measured to one part in a hundred.
_DIRECTIONS = 64
_QUANTILES = 1024
#: Of one side of the grid of pixels that are compared; all of a megapixel would change
#: the distance by one part in a hundred.
_SAMPLED_SIDE_PX = 256
#: Angles at which a picture is asked for its chroma, and how far apart they are one.
_HUES = 72
_WINDOW = 2
#: Chroma is told apart in steps of 1/256 of this: no sRGB colour has more in OKLab.
_MOST_CHROMA = 0.33
_CHROMA_STEPS = 256
#: A colour of a smaller part of a picture is an accident, not one that it has.
_LEAST_PART = 1e-3


def oklab(image: Tensor) -> Tensor:
    """Return colours in which equal distances look alike.

    Args:
        image: (N, 3, H, W), sRGB in [0, 1].

    Returns:
        (N, 3, H, W): lightness from 0 to 1, green to red and blue to yellow, the last
        two within [-0.32, 0.28].

    Source: Ottosson 2020; the transfer curve is IEC 61966-2-1's.
    """
    curve = ((image + 0.055) / 1.055) ** 2.4
    linear = torch.where(image <= 0.04045, image / 12.92, curve)
    cones = _mix(_CONES, linear).clamp_min(0)
    return _mix(_OPPONENTS, cones ** (1 / 3))


def srgb(colors: Tensor) -> Tensor:
    """Return (N, 3, H, W) in [0, 1] of colours in OKLab; what sRGB lacks is clamped."""
    cones = _mix(_inverse(_OPPONENTS), colors) ** 3
    linear = _mix(_inverse(_CONES), cones).clamp(0, 1)
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, 12.92 * linear, curve)


def _inverse(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    rows = torch.linalg.inv(torch.tensor(matrix, dtype=torch.float64)).tolist()
    return tuple(map(tuple, rows))


def _mix(matrix: tuple[tuple[float, ...], ...], channels: Tensor) -> Tensor:
    """Return (N, 3, H, W), the matrix applied to each pixel."""
    return torch.einsum("ij,njhw->nihw", channels.new_tensor(matrix), channels)


def palette_distance(colors: Tensor, wanted: Tensor) -> float:
    """Return the sliced Wasserstein-1 distance of two sets of colours, times 100.

    Moving every colour by d in OKLab gives 50 |d|.

    Args:
        colors: (1, 3, H, W), OKLab.
        wanted: (1, 3, H', W'), likewise.

    Source: Bonneel, Rabin, Peyre and Pfister 2015, eq. 9, of order 1. Departures: the
    directions are even, not random, so that equal inputs give equal numbers; large
    pictures are sampled on a grid.
    """
    directions = _directions().to(colors)
    found, expected = (_quantiles(directions, each) for each in (colors, wanted))
    return float((found - expected).abs().mean() * 100)


def _directions() -> Tensor:
    """Return (D, 3), unit vectors spread evenly over half a sphere.

    The opposite half would give the same distances. Source: the Fibonacci lattice,
    Gonzalez 2010.
    """
    index = torch.arange(_DIRECTIONS, dtype=torch.float64)
    height = (index + 0.5) / _DIRECTIONS
    radius = (1 - height.square()).sqrt()
    angle = index * math.pi * (3 - math.sqrt(5))
    return torch.stack((radius * angle.cos(), radius * angle.sin(), height), dim=1)


def _quantiles(directions: Tensor, colors: Tensor) -> Tensor:
    """Return (D, Q), evenly spaced quantiles of the colours along each direction."""
    height_px, width_px = colors.shape[2:]
    every_px = max(1, round(math.sqrt(height_px * width_px) / _SAMPLED_SIDE_PX))
    sampled = colors[0, :, ::every_px, ::every_px].flatten(1)  # (3, P)
    ordered = (directions @ sampled).sort(dim=1).values
    count = ordered.shape[1]
    levels = (torch.arange(_QUANTILES, device=colors.device) + 0.5) / _QUANTILES
    return ordered[:, (levels * count).long()]


def foreign_hue(colors: Tensor, *others: Tensor) -> float:
    """Return the mean chroma that no other picture has at that hue, times 100.

    Args:
        colors: (1, 3, H, W), OKLab.
        others: likewise, of any size.

    Returns:
        0 if each colour has a hue of the others and no more chroma than they have
        there; a picture of one foreign hue has its chroma, at most 32.
    """
    row, chroma = _hue_and_chroma(colors)
    known = torch.stack([_chroma_by_hue(each) for each in others]).amax(dim=0)
    return float((chroma - known[row]).clamp_min(0).mean() * 100)


def _hue_and_chroma(colors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest of `_HUES` and the length of (a, b), (P,) each."""
    green_red, blue_yellow = colors[0, 1].flatten(), colors[0, 2].flatten()
    turns = torch.atan2(blue_yellow, green_red) / (2 * math.pi)
    row = (turns * _HUES).round().long().remainder(_HUES)
    return row, torch.hypot(green_red, blue_yellow)


def _chroma_by_hue(colors: Tensor) -> Tensor:
    """Return (_HUES,), the greatest chroma near each hue, rounded up."""
    row, chroma = _hue_and_chroma(colors)
    level = (chroma / _MOST_CHROMA * _CHROMA_STEPS).long().clamp_max(_CHROMA_STEPS - 1)
    counts = torch.bincount(
        row * _CHROMA_STEPS + level, minlength=_HUES * _CHROMA_STEPS
    ).view(_HUES, _CHROMA_STEPS)
    near = torch.stack(
        [counts.roll(by, dims=0) for by in range(-_WINDOW, _WINDOW + 1)]
    ).sum(dim=0)
    at_least = near.flip(1).cumsum(dim=1).flip(1)
    # Falls along the levels, so that the number of enoughs is the end of the last.
    enough = at_least >= max(1.0, _LEAST_PART * len(chroma))
    return enough.sum(dim=1) * (_MOST_CHROMA / _CHROMA_STEPS)
