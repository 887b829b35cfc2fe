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
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import InterruptionCheck
from worker.engine.features.weights.lite0 import BLOCKS, Block
from worker.engine.features.weights.students import TAPPED_BLOCKS, block_of

Weights = Mapping[str, Tensor]
_STEM_PX = 3


class Carried(NamedTuple):
    """What one part of the network hands to the next: maps, and their expansion."""

    maps: Tensor
    expanded: Tensor


def student_maps(
    image: Tensor, layers: Iterable[str], weights: Weights, check: InterruptionCheck
) -> Iterator[tuple[str, Tensor]]:
    """Yield each of the layers with its maps (N, C, H, W), from shallow to deep.

    Args:
        image: (N, 3, H, W), sRGB in [0, 1].
        layers: of the teacher's names.
        weights: `features.weights.students`.
        check: called between the backbone's blocks; may raise.
    """
    wanted = sorted(layers)
    for layer in wanted:
        if block_of(layer) == 1:
            bordered = F.pad(image, (1, 1, 1, 1), mode="replicate")
            yield layer, _adapted(bordered, layer, weights)
    deepest = max(map(block_of, wanted), default=1)
    for part, expanded in expansions(image, weights, check, deepest):
        for layer in wanted:
            if block_of(layer) == part:
                yield layer, _adapted(expanded, layer, weights)


def expansions(
    image: Tensor,
    weights: Weights,
    check: InterruptionCheck,
    deepest: int = max(TAPPED_BLOCKS),
) -> Iterator[tuple[int, Tensor]]:
    """Yield the maps that adapters read, with the teacher's block of that stride."""
    carried: Tensor | Carried = first_part(image, weights)
    for part in TAPPED_BLOCKS:
        if part > deepest:
            return
        carried = next_part(carried, part, weights, check)
        yield part, carried.expanded


def _adapted(maps: Tensor, layer: str, weights: Weights) -> Tensor:
    """Return a layer in the teacher's units: what is standard is stretched and moved."""
    scale, mean = weights[f"taps.{layer}.scale"], weights[f"taps.{layer}.mean"]
    kernel = weights[f"taps.{layer}.weight"] * scale[:, None, None, None]
    bias = weights[f"taps.{layer}.bias"] * scale + mean
    return F.conv2d(maps, kernel.to(maps.dtype), bias.to(maps.dtype)).relu()


def first_part(image: Tensor, weights: Weights) -> Tensor:
    """Return the stem's maps of (N, 3, H, W), sRGB in [0, 1]."""
    bordered = F.pad(image, _halving(image, _STEM_PX), mode="replicate")
    kernel, bias = weights["stem.weight"], weights["stem.bias"]
    return F.relu6(F.conv2d(bordered, kernel, bias, stride=2))


def next_part(
    before: Tensor | Carried, part: int, weights: Weights, check: InterruptionCheck
) -> Carried:
    """Return what the network hands on where a part ends.

    Args:
        before: the stem's maps, or what the part before handed on.
        part: 2 to 5, as the teacher's blocks are counted.
        weights: kernels and biases.
        check: called between blocks; may raise.
    """
    last = TAPPED_BLOCKS[part]
    if isinstance(before, Carried):
        first = TAPPED_BLOCKS[part - 1]
        maps = _rest(*before, first, weights)
    else:
        first, maps = -1, before
    for number in range(first + 1, last):
        check()
        maps = _rest(maps, _expanded(maps, number, weights), number, weights)
    check()
    return Carried(maps, _expanded(maps, last, weights))


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
