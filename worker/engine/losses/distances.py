"""What is minimized: distances between statistics, pictures and their smoothness.

Pure functions of tensors; which layers and what weights is `objective`'s business.
Everything is divided by the number of positions and of channels, and each distance by
its layer's own scale, so that one setting means the same at every size, for every
style and every layer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.losses.choice import StrokeTarget
from worker.engine.losses.matrix_root import trace_of_root
from worker.engine.losses.statistics import Moments, exact


@dataclass(frozen=True)
class StyleTarget:
    """What one layer of the pastiche shall look like.

    Attributes:
        moments: of the style image.
        root: (N, C, C), square root of their covariance; None where no distance that
            needs it will be asked for.
        strokes: of each picture of a batch; none where they are not asked for.
    """

    moments: Moments
    root: Tensor | None = None
    strokes: tuple[StrokeTarget, ...] = ()

    @classmethod
    def with_root(cls, style: Moments) -> "StyleTarget":
        """Return the target of a Wasserstein distance."""
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


def wasserstein_distance(
    found: Moments, target: StyleTarget, few_maps: Tensor | None = None
) -> Tensor:
    """Return the squared Gaussian Wasserstein-2 distance to the target, per channel.

    |m - m_s|^2 + tr(S + S_s - 2 (S_s^1/2 S S_s^1/2)^1/2), divided by C.

    Args:
        found: of the pastiche.
        target: of the same layer, with its root.
        few_maps: (N, C, H, W), what `found` was computed from: with fewer positions
            than channels the root is taken on the smaller side. Not for regions.

    Returns:
        (N,), zero for equal moments.

    Source: Dowson and Landau 1982; as a style loss, crowsonkb 2021. They add a
    constant to the covariances; we bound the root's gradient instead.
    """
    if target.root is None:
        raise ValueError("a Wasserstein distance needs the target's root")
    shift = (found.mean - target.moments.mean).square().sum(dim=-1)
    spread = _trace(found.covariance) + _trace(target.moments.covariance)
    if few_maps is None:
        common = trace_of_root(target.root @ found.covariance @ target.root)
    else:
        common = _trace_on_small_side(few_maps, found.mean, target.root)
    return (shift + spread - 2 * common) / found.mean.shape[1]


def _trace_on_small_side(few_maps: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """Return tr((S_s^1/2 S S_s^1/2)^1/2) from a matrix of positions, not channels.

    With S = Y Y^T, Y of as many columns as positions, the same eigenvalues (but for
    zeros) are those of the small Y^T S_s Y.
    """
    positions = few_maps.shape[2:].numel()
    centred = exact(few_maps.flatten(2)) - mean[..., None]
    factor = root @ centred  # (N, C, P)
    return trace_of_root(factor.mT @ factor / positions)


def gram_distance(found: Moments, target: StyleTarget) -> Tensor:
    """Return |G - G_s|^2 / |G_s|^2, with G the mean outer product.

    Returns:
        (N,). Relative already: it is not to be divided by `own_scale`.

    Source: Gatys et al. 2016, eqs. 4 and 5; they divide by (2 C H W)^2.
    """
    wanted = target.moments.second
    difference = found.second - wanted
    size = wanted.square().sum(dim=(1, 2)).clamp_min(torch.finfo(wanted.dtype).tiny)
    return difference.square().sum(dim=(1, 2)) / size


def mean_std_distance(found: Moments, target: StyleTarget) -> Tensor:
    """Return |m - m_s|^2 + |s - s_s|^2 per channel, s the standard deviations.

    It is the Wasserstein distance if the channels were independent.

    Returns:
        (N,), zero for equal means and deviations.

    Source: Li, Wang, Liu and Hou 2017, "Demystifying Neural Style Transfer", the
    matching of batch normalization statistics; they weigh it by layers alone.
    """
    shift = (found.mean - target.moments.mean).square().sum(dim=-1)
    deviations = [
        # The root's slope is infinite at zero: flat channels get a tiny deviation.
        (each.variance.clamp_min(0) + 1e-6 * _mean_variance(target.moments)).sqrt()
        for each in (found, target.moments)
    ]
    spread = (deviations[0] - deviations[1]).square().sum(dim=-1)
    return (shift + spread) / found.mean.shape[1]


def _mean_variance(style: Moments) -> Tensor:
    """(N, 1), never zero."""
    smallest = torch.finfo(style.mean.dtype).tiny
    return style.variance.mean(dim=1, keepdim=True).clamp_min(1e6 * smallest)


def content_distance(
    feature_maps: Tensor, wanted: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Return the sum of squared differences, (N,), of two (N, C, H, W).

    Args:
        feature_maps: what there is.
        wanted: what shall be.
        weights: (1, 1, H, W), of each position; 1 if None.

    Source: Gatys et al. 2016, eq. 1; they halve it. A sum and not a mean, so that
    parts of a picture can be added up.
    """
    squares = (exact(feature_maps) - exact(wanted)).square()
    if weights is not None:
        squares = squares * weights
    return squares.sum(dim=(1, 2, 3))


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


def _trace(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
