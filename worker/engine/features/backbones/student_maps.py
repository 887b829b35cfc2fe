"""What a distilled student computes: plain operations, differentiable in its numbers.

A light backbone, EfficientNet-Lite0, read where it is widest: behind the 1 x 1
convolution with which a block begins, before that block halves the maps. From there an
adapter, 1 x 1, leads to the channels of the teacher's layer of the same stride. Nothing
in that family has stride 1, so the teacher's first layer has a 3 x 3 stem of its own.

Departures from the backbone's training: the image's border is repeated (zeros there are
read as a dark frame), and every halving begins at the first row and column, so that a
window which begins at a multiple of the stride has the whole picture's maps.
"""

from collections.abc import Iterable, Iterator, Mapping

import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import InterruptionCheck
from worker.engine.features.weights.lite0 import BLOCKS
from worker.engine.features.weights.students import TAPPED_BLOCKS, block_of

Weights = Mapping[str, Tensor]
#: What one part of the network hands to the next: the image before the first; the
#: stem's maps; a block's maps and their expansion after that.
Carried = tuple[Tensor, ...]
_STEM_PX = 3


def student_maps(
    image: Tensor, layers: Iterable[str], weights: Weights, check: InterruptionCheck
) -> Iterator[tuple[str, Tensor]]:
    """Yield each of the layers with its maps (N, C, H, W), from shallow to deep.

    Args:
        image: (N, 3, H, W), sRGB in [0, 1].
        layers: by the teacher's names.
        weights: `features.weights.students`.
        check: called between the backbone's blocks, backward between parts; may raise.
    """
    wanted = sorted(layers)
    carried: Carried = (image,)
    for part in range(1, max(map(block_of, wanted), default=0) + 1):
        carried, readable = next_part(carried, part, weights, check)
        yield from taps_of_part(readable, part, wanted, weights)


def next_part(
    before: Carried, part: int, weights: Weights, check: InterruptionCheck
) -> tuple[Carried, Tensor]:
    """Return what a part hands on, and the maps that its adapters read.

    Args:
        before: what the part before handed on.
        part: 1 to 5, as the teacher's blocks are counted: maps of stride 2^(part - 1).
        weights: kernels and biases.
        check: called between blocks; may raise.
    """
    if part == 1:
        (image,) = before
        bordered = F.pad(image, (1, 1, 1, 1), mode="replicate")
        return (_stem(image, weights),), bordered
    last = TAPPED_BLOCKS[part]
    first, maps = 0, before[0]
    if part - 1 in TAPPED_BLOCKS:
        first = TAPPED_BLOCKS[part - 1] + 1
        maps = _rest(before[0], before[1], first - 1, weights)
    for number in range(first, last):
        check()
        maps = _rest(maps, _expanded(maps, number, weights), number, weights)
    check()
    expanded = _expanded(maps, last, weights)
    if expanded.requires_grad:
        expanded.register_hook(lambda _: check())  # type: ignore[no-untyped-call]  # torch's
    return (maps, expanded), expanded


def taps_of_part(
    readable: Tensor, part: int, layers: Iterable[str], weights: Weights
) -> Iterator[tuple[str, Tensor]]:
    """Yield those of the layers that are read at a part, in the teacher's units."""
    for layer in layers:
        if block_of(layer) != part:
            continue
        # What the adapter gives is standardized: stretch and move it.
        scale, mean = weights[f"taps.{layer}.scale"], weights[f"taps.{layer}.mean"]
        kernel = weights[f"taps.{layer}.weight"] * scale[:, None, None, None]
        bias = weights[f"taps.{layer}.bias"] * scale + mean
        dtype = readable.dtype
        yield layer, F.conv2d(readable, kernel.to(dtype), bias.to(dtype)).relu()


def _stem(image: Tensor, weights: Weights) -> Tensor:
    """Return the backbone's first maps, in the number type of what follows."""
    bordered = F.pad(image, _halving(image, _STEM_PX), mode="replicate")
    kernel, bias = weights["stem.weight"], weights["stem.bias"]
    maps = F.relu6(F.conv2d(bordered, kernel, bias, stride=2))
    return maps.to(weights["blocks.0.depthwise.weight"].dtype)


def _expanded(maps: Tensor, number: int, weights: Weights) -> Tensor:
    if not BLOCKS[number].expands:
        return maps
    return F.relu6(_convolved(maps, f"blocks.{number}.expand", weights))


def _rest(maps: Tensor, expanded: Tensor, number: int, weights: Weights) -> Tensor:
    """Return what a block makes of its expanded maps."""
    block, name = BLOCKS[number], f"blocks.{number}"
    padded, padding = expanded, block.kernel_px // 2
    if block.stride != 1:
        padded, padding = F.pad(expanded, _halving(expanded, block.kernel_px)), 0
    inner = F.conv2d(
        padded,
        weights[f"{name}.depthwise.weight"],
        weights[f"{name}.depthwise.bias"],
        stride=block.stride,
        padding=padding,
        groups=block.expanded,
    )
    projected = _convolved(F.relu6(inner), f"{name}.project", weights)
    return projected + maps if block.is_residual else projected


def _convolved(maps: Tensor, name: str, weights: Weights) -> Tensor:
    return F.conv2d(maps, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _halving(maps: Tensor, kernel_px: int) -> tuple[int, int, int, int]:
    """Return left, right, top and bottom padding: ceil(n / 2) positions, from 0 on."""
    before = (kernel_px - 3) // 2
    across, down = (kernel_px - 2 - before + maps.shape[dim] % 2 for dim in (3, 2))
    return before, across, before, down
