"""Halves feature maps; keeps no more for the gradient than it must.

Torch's own pooling remembers where each maximum was as a 64-bit number, as much memory
again as the maps. Here the places are found again when the gradient comes back.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

_WINDOW = [2, 2]
_NONE = [0, 0]
_ONE = [1, 1]
_CEIL = True


def max_pool(feature_maps: Tensor) -> Tensor:
    """Return the largest of each 2x2 block, and of what is left of it at the border.

    Args:
        feature_maps: (N, C, H, W).

    Returns:
        (N, C, ceil(H / 2), ceil(W / 2)).
    """
    halved: Tensor = _MaxPool.apply(feature_maps)  # type: ignore[no-untyped-call]  # torch's
    return halved


class _MaxPool(torch.autograd.Function):
    """Max pooling that remembers its input alone, which a convolution kept anyway."""

    @staticmethod
    def forward(ctx: Any, feature_maps: Tensor) -> Tensor:
        ctx.save_for_backward(feature_maps)
        return largest_of_blocks(feature_maps)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (feature_maps,) = ctx.saved_tensors
        return gradient_to_maps(gradients[0], feature_maps)


def largest_of_blocks(feature_maps: Tensor) -> Tensor:
    """Return `max_pool`'s result; knows no gradient."""
    return F.max_pool2d(feature_maps, 2, ceil_mode=True)


def gradient_to_maps(gradient: Tensor, feature_maps: Tensor) -> Tensor:
    """Return the gradient to the maps, from that to their `largest_of_blocks`."""
    _, places = F.max_pool2d(feature_maps, 2, ceil_mode=True, return_indices=True)
    backward = torch.ops.aten.max_pool2d_with_indices_backward
    # window, stride, padding, dilation, ceil_mode
    to_maps: Tensor = backward(
        gradient, feature_maps, _WINDOW, _WINDOW, _NONE, _ONE, _CEIL, places
    )
    return to_maps


def average_pool(feature_maps: Tensor) -> Tensor:
    """Return twice the mean of each 2x2 block, as `max_pool` shapes it.

    Gatys et al. 2016 prefer averages: gradients reach every pixel. The maximum is about
    twice the mean, and the layers above expect its size.
    """
    means = F.avg_pool2d(feature_maps, 2, ceil_mode=True, count_include_pad=False)
    return means * 2
