"""What the positions of a layer have in common: sums, means and covariances.

Pure functions of tensors; which layers are read is `objective`'s business. All sums are
float32 (or float64, in tests), whatever the network computes in: in 16 bits they would
overflow.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class FeatureSums:
    """Sums over the positions of one layer, or of a part of it: sums can be added up.

    Attributes:
        first: (N, C), of the channels.
        second: (N, C, C), of their products.
    """

    first: Tensor
    second: Tensor

    def __add__(self, other: "FeatureSums") -> "FeatureSums":
        return FeatureSums(self.first + other.first, self.second + other.second)

    def over(self, mass: float) -> "Moments":
        """Return the means; `mass` is the number of positions, or their shares' sum."""
        return Moments(self.first / mass, self.second / mass)


@dataclass(frozen=True)
class Moments:
    """The Gaussian that the positions of one layer would be drawn from.

    Attributes:
        mean: (N, C).
        second: (N, C, C), mean outer product: the Gram matrix divided by H * W.
    """

    mean: Tensor
    second: Tensor

    @property
    def covariance(self) -> Tensor:
        """(N, C, C)."""
        return self.second - self.mean[:, :, None] * self.mean[:, None, :]

    @property
    def variance(self) -> Tensor:
        """(N, C), the diagonal of the covariance."""
        return self.second.diagonal(dim1=1, dim2=2) - self.mean.square()


def feature_sums(feature_maps: Tensor, shares: Tensor | None = None) -> FeatureSums:
    """Add up the channels and their products over all positions.

    Args:
        feature_maps: (N, C, H, W).
        shares: (1 or N, 1, H, W), how much of each position counts; all of it if None.

    Source: Gatys et al. 2016, eq. 3, for the products; Gatys et al. 2017, eq. 5, for
    the shares (they multiply the maps by the mask, so it counts squared).
    """
    first, second = _Sums.apply(feature_maps, shares)  # type: ignore[no-untyped-call]  # torch's
    return FeatureSums(first, second)


def moments(feature_maps: Tensor, shares: Tensor | None = None) -> Moments:
    """Average the channels and their products over all positions, or over a region.

    Args:
        feature_maps: (N, C, H, W).
        shares: (1, 1, H, W), how much of each position counts.
    """
    return feature_sums(feature_maps, shares).over(mass_of(feature_maps, shares))


def mass_of(feature_maps: Tensor, shares: Tensor | None) -> float:
    """Return the number of positions, or the sum of their shares."""
    if shares is None:
        return float(feature_maps.shape[2:].numel())
    return float(shares.sum())


class _Sums(torch.autograd.Function):
    """Sum and sum of outer products; keeps the maps in their own precision."""

    @staticmethod
    def forward(
        ctx: Any,  # torch does not say its type
        feature_maps: Tensor,
        shares: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(feature_maps)
        ctx.shares = shares
        positions = exact(_positions(feature_maps))
        weighted = positions if shares is None else positions * _positions(shares)
        return weighted.sum(dim=1), weighted.mT @ positions

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (feature_maps,) = ctx.saved_tensors
        to_first, to_second = gradients
        positions = _positions(feature_maps)  # (N, P, C)
        slope = (to_second + to_second.mT).to(positions.dtype)
        offset = to_first[:, None, :].to(positions.dtype)
        gradient = torch.baddbmm(offset, positions, slope)
        if ctx.shares is not None:
            gradient = gradient * _positions(ctx.shares).to(gradient.dtype)
        return gradient.mT.reshape(feature_maps.shape), None


def _positions(feature_maps: Tensor) -> Tensor:
    """(N, C, H, W) as (N, H*W, C); no copy where the channels lie last."""
    return feature_maps.flatten(2).mT


def exact(tensor: Tensor) -> Tensor:
    """Widen what the network computed in 16 bits; float64 stays."""
    return tensor.float() if tensor.dtype.itemsize < torch.float32.itemsize else tensor
