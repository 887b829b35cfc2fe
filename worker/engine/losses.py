"""What is measured: statistics of feature maps, and distances between them.

Pure functions of tensors; which layers and what weights is `objective`'s business.
Everything is divided by the number of positions and of channels, and each distance by
its layer's own scale, so that one setting means the same at every size, for every
style and every layer. All arithmetic is float32 (or float64, in tests).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .matrix_root import trace_of_root


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


def moments(feature_maps: Tensor) -> Moments:
    """Average the channels and their products over all positions.

    Args:
        feature_maps: (N, C, H, W).

    Source: Gatys et al. 2016, eq. 3, for the products; they do not divide by H * W.
    """
    mean, second = _Moments.apply(feature_maps)  # type: ignore[no-untyped-call]  # torch's
    return Moments(mean, second)


class _Moments(torch.autograd.Function):
    """Mean and mean outer product; keeps the maps in their own precision."""

    @staticmethod
    def forward(ctx: Any, feature_maps: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(feature_maps)
        positions = _exact(_positions(feature_maps))
        second = positions.mT @ positions / positions.shape[1]
        return positions.mean(dim=1), second

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (feature_maps,) = ctx.saved_tensors
        to_mean, to_second = gradients
        positions = _positions(feature_maps)  # (N, P, C)
        count = positions.shape[1]
        slope = ((to_second + to_second.mT) / count).to(positions.dtype)
        offset = (to_mean / count)[:, None, :].to(positions.dtype)
        gradient = torch.baddbmm(offset, positions, slope)
        return gradient.mT.reshape(feature_maps.shape)


def _positions(feature_maps: Tensor) -> Tensor:
    """(N, C, H, W) as (N, H*W, C); no copy where the channels lie last."""
    return feature_maps.flatten(2).mT


@dataclass(frozen=True)
class StyleTarget:
    """What one layer of the pastiche shall look like.

    Attributes:
        moments: of the style image.
        root: (N, C, C), square root of their covariance.
    """

    moments: Moments
    root: Tensor

    @classmethod
    def of(cls, style: Moments) -> "StyleTarget":
        """Return the target that these moments make."""
        return cls(style, covariance_root(style.covariance))


def covariance_root(covariance: Tensor) -> Tensor:
    """Return the symmetric square root, computed in float64, in the given precision."""
    eigenvalues, vectors = torch.linalg.eigh(covariance.double())
    root: Tensor = (
        vectors * eigenvalues.clamp_min(0).sqrt()[..., None, :]
    ) @ vectors.mT
    return root.to(covariance.dtype)


def own_scale(content: Moments, style: Moments) -> Tensor:
    """Return the mean squared difference, per channel, of unrelated positions.

    That is (tr S_c + tr S_s + |m_c - m_s|^2) / C: the Wasserstein distance can not
    exceed it, and a content loss of 1 means that nothing of the content is left.

    Returns:
        (N,), never zero.
    """
    spread = _trace(content.covariance) + _trace(style.covariance)
    shift = (content.mean - style.mean).square().sum(dim=-1)
    # Flat images have no spread: a floor far below any texture, in the layer's units.
    energy = _trace(content.second) + _trace(style.second)
    floor = 1e-4 * energy + torch.finfo(energy.dtype).tiny
    channels = content.mean.shape[-1]
    return torch.maximum(spread + shift, floor) / channels


def wasserstein_distance(feature_maps: Tensor, target: StyleTarget) -> Tensor:
    """Return the squared Gaussian Wasserstein-2 distance to the target, per channel.

    |m - m_s|^2 + tr(S + S_s - 2 (S_s^1/2 S S_s^1/2)^1/2), divided by C.

    Args:
        feature_maps: (N, C, H, W).
        target: of the same layer.

    Returns:
        (N,), zero for equal moments.

    Source: Dowson and Landau 1982; as a style loss, crowsonkb 2021. They add a
    constant to the covariances; we bound the root's gradient instead.
    """
    found = moments(feature_maps)
    shift = (found.mean - target.moments.mean).square().sum(dim=-1)
    spread = _trace(found.covariance) + _trace(target.moments.covariance)
    common = _trace_of_common_root(feature_maps, found, target)
    return (shift + spread - 2 * common) / feature_maps.shape[1]


def _trace_of_common_root(
    feature_maps: Tensor, found: Moments, target: StyleTarget
) -> Tensor:
    """Return tr((S_s^1/2 S S_s^1/2)^1/2), from whichever side is smaller."""
    channels, positions = feature_maps.shape[1], feature_maps.shape[2:].numel()
    if positions >= channels:
        return trace_of_root(target.root @ found.covariance @ target.root)
    # With S = Y Y^T, Y of as many columns as positions, the same eigenvalues (but for
    # zeros) are those of the small Y^T S_s Y.
    centred = _exact(feature_maps.flatten(2)) - found.mean[..., None]
    factor = target.root @ centred  # (N, C, P)
    return trace_of_root(factor.mT @ factor / positions)


def gram_distance(feature_maps: Tensor, target: StyleTarget) -> Tensor:
    """Return |G - G_s|^2 / |G_s|^2, with G the mean outer product.

    Returns:
        (N,). Relative already: it is not to be divided by `own_scale`.

    Source: Gatys et al. 2016, eqs. 4 and 5; they divide by (2 C H W)^2.
    """
    wanted = target.moments.second
    difference = moments(feature_maps).second - wanted
    size = wanted.square().sum(dim=(1, 2)).clamp_min(torch.finfo(wanted.dtype).tiny)
    return difference.square().sum(dim=(1, 2)) / size


def content_distance(feature_maps: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared difference, (N,), of two (N, C, H, W).

    Source: Gatys et al. 2016, eq. 1; they sum and halve.
    """
    difference = _exact(feature_maps) - _exact(wanted)
    return difference.square().mean(dim=(1, 2, 3))


def total_variation(image: Tensor) -> Tensor:
    """Return the mean squared difference of neighbours, down plus across, (N,).

    2 for a checkerboard of 0 and 1. Directions of one pixel count as flat.

    Source: Mahendran and Vedaldi 2015, eq. 4 with beta = 2; they sum.
    """
    return sum(
        (
            torch.diff(image, dim=dim).square().mean(dim=(1, 2, 3))
            for dim in (2, 3)
            if image.shape[dim] > 1
        ),
        start=image.new_zeros(image.shape[0]),
    )


def _exact(tensor: Tensor) -> Tensor:
    """Widen what the network computed in 16 bits; float64 stays."""
    return tensor.float() if tensor.dtype.itemsize < torch.float32.itemsize else tensor


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
