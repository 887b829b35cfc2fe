"""The network of `feedforward`, written so that it can be trained.

Plain operations on batches that autograd follows; what `TransformNetwork` computes in
strips, with rearranged kernels and sums of its own, is the same up to rounding. Images
are (N, 3, H, W), float32, sRGB in [0, 1], H and W multiples of 4.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.packs.architectures import EPSILON, Architecture, Convolution

_STRIDED = frozenset({"contract.1", "contract.2"})
_ENLARGED = frozenset({"expand.0", "expand.1"})


def repainted(
    image: Tensor, architecture: Architecture, weights: Mapping[str, Tensor]
) -> Tensor:
    """Return the pictures that a network of these weights paints, differentiable.

    Args:
        image: (N, 3, H, W), sides at least 16.
        architecture: the network's shape.
        weights: kernels, scales and shifts, by tensor name.

    Source: Dumoulin, Shlens and Kudlur 2017, table in appendix A.
    """
    maps = carried = image.contiguous(memory_format=torch.channels_last)
    for layer in architecture.convolutions():
        place = layer.name.partition(".")[0], layer.name.rpartition(".")[2]
        if place == ("residual", "0"):
            carried = maps
        maps = _convolved(maps, layer, weights)
        if place == ("residual", "1"):
            maps = maps + carried
        elif layer.name != "expand.2":
            maps = maps.relu()
    return maps.sigmoid()


def _convolved(
    maps: Tensor, layer: Convolution, weights: Mapping[str, Tensor]
) -> Tensor:
    if layer.name in _ENLARGED:
        maps = F.interpolate(maps, scale_factor=2.0, mode="nearest")
    padded = F.pad(maps, (layer.kernel_px // 2,) * 4, mode="reflect")
    bias = weights.get(f"{layer.name}.bias")
    stride = 2 if layer.name in _STRIDED else 1
    maps = F.conv2d(padded, weights[f"{layer.name}.weight"], bias, stride)
    if not layer.is_normalized:
        return maps
    scale, shift = (weights[f"{layer.name}.{part}"] for part in ("scale", "shift"))
    return F.instance_norm(maps, weight=scale, bias=shift, eps=EPSILON)
