"""Edges, sharpness and grain of pictures: what no Gram matrix tells.

Knows pixels, neither networks nor files.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

#: Strokes are finer than this part of the long side, the content's forms are not.
_FORM_SIZE = 1 / 128
#: Below it a person sees an even surface: half a level of 8 bits.
_EVEN = 0.5 / 255
_FINE_PX = 1.0
#: Its answer to anything that is linear along a row or a column is zero.
#: Side of the patches whose pattern is compared, and how many are enough.
_PATCH_PX = 5
_PATCHES = 2**18
_GRAIN = ((1.0, -2.0, 1.0), (-2.0, 4.0, -2.0), (1.0, -2.0, 1.0))


def edge_correlation(lightness: Tensor, wanted: Tensor) -> float:
    """Tell how well the edges of two pictures lie upon each other.

    Pearson's correlation of the slopes' steepness, after a blur that takes the
    strokes away: the sign of an edge does not count, a style may turn dark to light.

    Args:
        lightness: (1, 1, H, W).
        wanted: (1, 1, H, W), of the content at the same size.

    Returns:
        -1 to 1; 0 for unrelated pictures, and if one of them is even.
    """
    one, two = (_steepness(each).flatten() for each in (lightness, wanted))
    one, two = one - one.mean(), two - two.mean()
    size = float(one.norm() * two.norm())
    return float(one @ two) / size if size > 0 else 0.0


def _steepness(lightness: Tensor) -> Tensor:
    """Return the length of the blurred picture's gradient, (H, W)."""
    blurred = blur(lightness, max(lightness.shape[2:]) * _FORM_SIZE)[0, 0]
    down, across = torch.gradient(blurred)
    return torch.hypot(down, across)


def sharpness(lightness: Tensor, wanted: Tensor) -> float:
    """Return the strength of the finest detail, relative to the painting's.

    Args:
        lightness: (1, 1, H, W).
        wanted: (1, 1, H', W'), of the style at the same scale.

    Returns:
        0 for an even picture, 1 if there is as much fine detail as in the style.
    """
    found, expected = (_fine_detail(each) for each in (lightness, wanted))
    return found / max(expected, _EVEN)


def _fine_detail(lightness: Tensor) -> float:
    """Return the root mean square of what a small blur takes away."""
    fine = lightness - blur(lightness, _FINE_PX)
    return float(fine.square().mean().sqrt())


def stroke_error(lightness: Tensor, wanted: Tensor) -> float:
    """Return how far the pattern of the finest detail is from the painting's.

    The relative squared error of the covariance of small patches, after what a small
    blur leaves was taken away: it tells how strong the finest strokes are, how long and
    which way they go. It knows no network, so no network's blindness; it is blind to
    colours, to larger strokes and to where they lie.

    Args:
        lightness: (1, 1, H, W).
        wanted: (1, 1, H', W'), of the style at the same scale.

    Returns:
        0 for the style itself, 1 for an even picture, more for more detail than the
        style has.
    """
    found, expected = (_patch_covariance(each) for each in (lightness, wanted))
    size = expected.square().sum().clamp_min(_EVEN**4)
    return float((found - expected).square().sum() / size)


def _patch_covariance(lightness: Tensor) -> Tensor:
    """Return (25, 25), of the pixels of a patch, less what a small blur leaves."""
    fine = lightness - blur(lightness, _FINE_PX)
    every_px = math.ceil(math.sqrt(fine.numel() / _PATCHES))
    patches = F.unfold(fine, _PATCH_PX, stride=every_px)[0]  # (25, P)
    centred = patches - patches.mean(dim=0)
    return centred @ centred.mT / centred.shape[1]


def grain(colors: Tensor) -> float:
    """Return the standard deviation of the noise in a picture, in percent of lightness.

    Three channels add up, so that coloured speckle counts like dark and light. Fine
    texture passes for noise too: compare with a clean picture's grain.

    Args:
        colors: (1, 3, H, W), OKLab.

    Source: Immerkaer 1996, "Fast noise variance estimation", eqs. 2 and 4; there for
    one channel.
    """
    kernel = colors.new_tensor(_GRAIN).expand(3, 1, 3, 3)
    answer = F.conv2d(_padded(colors, 1), kernel, groups=3)[0].abs()
    deviations = math.sqrt(math.pi / 2) / 6 * answer.mean(dim=(1, 2))  # (3,)
    return float(deviations.norm() * 100)


def blur(planes: Tensor, deviation_px: float) -> Tensor:
    """Return (N, C, H, W) under a Gaussian, the border repeated outwards."""
    reach_px = math.ceil(3 * deviation_px)
    offsets = torch.arange(-reach_px, reach_px + 1, dtype=planes.dtype)
    kernel = torch.exp(-0.5 * (offsets / deviation_px).square()).to(planes.device)
    kernel = (kernel / kernel.sum()).expand(planes.shape[1], 1, 1, -1)
    padded = _padded(planes, reach_px)
    across = F.conv2d(padded, kernel, groups=planes.shape[1])
    return F.conv2d(across, kernel.mT, groups=planes.shape[1])


def _padded(planes: Tensor, by_px: int) -> Tensor:
    return F.pad(planes, (by_px,) * 4, mode="replicate")
