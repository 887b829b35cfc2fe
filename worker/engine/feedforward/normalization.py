"""Instance normalization with a style's scale and shift, over whole maps or strips.

Maps are (1, C, H, W), float32, channels last; wide ones are those of `kernels`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.packs.architectures import EPSILON

#: A channel whose deviation is less than this part of the largest mean is constant but
#: for rounding. Dividing that noise by its own size, eighteen times in a row, makes
#: speckle of a picture of one colour.
_CONSTANT = 3e-6
#: Sums of so many pixels are added up in float64: a whole megapixel in float32 made the
#: picture wrong by 6e-4. Their maps also stay in a core's cache.
_SUMMED_PX = 2**14

#: Scale and shift, (C,) each, of all normalized convolutions by tensor name.
Condition = Mapping[str, Tensor]


@dataclass(frozen=True)
class Moments:
    """Mean and variance of each channel, (C,), float64, and of how many pixels."""

    mean: Tensor
    variance: Tensor
    pixels: int

    @classmethod
    def of(cls, maps: Tensor) -> "Moments":
        """Measure maps."""
        height, width = maps.shape[2:]
        rows = max(1, _SUMMED_PX // width)
        pieces = [maps[:, :, top : top + rows] for top in range(0, height, rows)]
        return cls.together([_moments(piece) for piece in pieces])

    @classmethod
    def together(cls, parts: Sequence["Moments"]) -> "Moments":
        """Return the moments of all parts as one.

        Source: Chan, Golub and LeVeque 1979.
        """
        pixels = sum(part.pixels for part in parts)
        weights = [part.pixels / pixels for part in parts]
        means = torch.stack([part.mean for part in parts])  # (P, C)
        variances = torch.stack([part.variance for part in parts])
        of_parts = means.new_tensor(weights)[:, None]
        mean = (of_parts * means).sum(dim=0)
        spread = variances + (means - mean).square()
        return cls(mean, (of_parts * spread).sum(dim=0), pixels)

    def of_four(self) -> "Moments":
        """Return a wide map's moments with its four pixels taken as one channel."""
        means, variances = (each.view(4, -1) for each in (self.mean, self.variance))
        parts = [
            Moments(mean, variance, self.pixels)
            for mean, variance in zip(means, variances, strict=True)
        ]
        whole = Moments.together(parts)
        return Moments(whole.mean.repeat(4), whole.variance.repeat(4), self.pixels)


def _moments(maps: Tensor) -> Moments:
    pixels = maps.shape[2] * maps.shape[3]
    if maps.requires_grad or maps.device.type != "cpu":
        variance, mean = torch.var_mean(maps, dim=(0, 2, 3), unbiased=False)
        return Moments(mean.double(), variance.double(), pixels)
    # Ten times as quick as var_mean with channels last, but its sums are plain: of
    # differences from one pixel they are exact where the maps are constant.
    origin = maps[0, :, 0, 0]
    mean, variance = torch.batch_norm_update_stats(_minus(maps, origin), None, None, 0)
    return Moments(mean.double() + origin.double(), variance.double(), pixels)


def _minus(maps: Tensor, origin: Tensor) -> Tensor:
    """Return maps, channels last, less a value for each channel."""
    _, channels, height, width = maps.shape
    rows = maps.permute(0, 2, 3, 1).reshape(height, width * channels)
    # Row by row: broadcasting 32 values at a time takes three times as long.
    less = rows - origin.repeat(width)
    return less.view(1, height, width, channels).permute(0, 3, 1, 2)


def normalized(
    maps: Tensor, moments: Moments, layer: str, condition: Condition
) -> Tensor:
    """Return the maps normalized and in a style, a new tensor.

    Args:
        maps: (1, C, H, W); or wide, (1, 4 * C, H, W).
        moments: of the whole picture at this layer.
        layer: name of the convolution.
        condition: the style.
    """
    mean, variance = moments.mean, moments.variance
    is_constant = variance <= (_CONSTANT * mean.abs().amax()).square()
    gain = torch.where(is_constant, 0.0, (variance + EPSILON).rsqrt())
    copies = maps.shape[1] // condition[f"{layer}.scale"].shape[0]
    scale, shift = (
        condition[f"{layer}.{part}"].repeat(copies) for part in ("scale", "shift")
    )
    slope, mean = (gain * scale).to(maps.dtype), mean.to(maps.dtype)
    if torch.is_grad_enabled():
        # batch_norm would take the moments for constants.
        offset = shift - mean * slope
        return maps * slope.view(-1, 1, 1) + offset.view(-1, 1, 1)
    # In one pass over the memory: a variance of 1 leaves the slope as it is.
    return F.batch_norm(maps, mean, torch.ones_like(mean), slope, shift, eps=0.0)
