"""Reads a picture once, without gradients: sums, masks and maps by layer.

What the targets are made from. Knows the network and tiles, no losses.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import (
    FeatureExtractor,
    InterruptionCheck,
    tiles_of,
)
from worker.engine.losses.sampling import rows_at
from worker.engine.losses.statistics import FeatureSums, Moments, feature_sums
from worker.engine.machine.tiles import Tile

#: From this stride on a position sees far beyond a mask's border: masks shrink there.
_DEEP_STRIDE = 4
#: A mask that shrinking would leave with less of itself is not shrunk.
_LEAST_LEFT = 0.25
#: A position with this share of a region is one of its positions.
_MOSTLY = 0.5

#: By layer: (1, 1, h, w) for each region, None for all of the picture.
SharesByLayer = Mapping[str, tuple[Tensor | None, ...]]


@dataclass(frozen=True)
class FeaturePass:
    """What one layer of a picture showed.

    Attributes:
        moments: of each region.
        masses: what the sums were divided by.
        size: (height, width) of the maps.
        maps: (N, C, h, w), where they were to be kept.
    """

    moments: tuple[Moments, ...]
    masses: tuple[float, ...]
    size: tuple[int, int]
    maps: Tensor | None


@torch.no_grad()
def feature_pass(
    network: FeatureExtractor,
    image: Tensor,
    shares: SharesByLayer,
    check_interruption: InterruptionCheck,
    *,
    keep: Collection[str] = (),
    tile_px: int | None = None,
) -> dict[str, FeaturePass]:
    """Return what each layer shows of (N, 3, H, W).

    Args:
        network: the feature extractor.
        image: the picture.
        shares: the layers to read, and the regions in each.
        check_interruption: called now and then; may raise.
        keep: layers whose maps are wanted.
        tile_px: read tiles of this size, for less memory; all at once if None.
    """
    sums: dict[str, list[FeatureSums]] = {}
    kept: dict[str, Tensor] = {}
    for tile in tiles_of(network, image, tuple(shares), tile_px):
        for layer, maps in network.feature_maps(
            tile.window(image), shares, check_interruption
        ):
            stride = network.stride(layer)
            own = tile.own(maps, stride)
            found = [
                feature_sums(own, None if each is None else tile.part(each, stride))
                for each in shares[layer]
            ]
            before = sums.get(layer)
            sums[layer] = (
                found
                if before is None
                else [one + two for one, two in zip(before, found, strict=True)]
            )
            if layer in keep:
                _keep(kept, layer, own, tile, image, stride)
    return {
        layer: _summed(
            sums[layer], shares[layer], image, network.stride(layer), kept.get(layer)
        )
        for layer in shares
    }


@torch.no_grad()
def read_rows(
    network: FeatureExtractor,
    image: Tensor,
    positions: Mapping[str, Tensor],
    check_interruption: InterruptionCheck,
    tile_px: int | None,
) -> dict[str, Tensor]:
    """Return the features of (1, 3, H, W) at flat positions, (P, C) by layer.

    Args:
        network: the feature extractor.
        image: the picture.
        positions: (P,), of each layer that is read.
        check_interruption: called now and then; may raise.
        tile_px: read tiles of this size, for less memory; all at once if None.
    """
    rows: dict[str, Tensor] = {}
    for tile in tiles_of(network, image, tuple(positions), tile_px):
        for layer, maps in network.feature_maps(
            tile.window(image), positions, check_interruption
        ):
            stride = network.stride(layer)
            _, width = map_size(image, stride)
            own = tile.own(maps, stride)
            found = rows_at(own, positions[layer], width, tile, stride)[0]
            rows[layer] = rows[layer] + found if layer in rows else found
    return rows


def positions_of(shares: Tensor | None, size: tuple[int, int]) -> Tensor:
    """Return the flat positions, (P,) on the CPU, that belong mostly to a region.

    Args:
        shares: (1, 1, h, w) at a layer; None if the region is all of the picture.
        size: (h, w).
    """
    if shares is None:
        return torch.arange(size[0] * size[1])
    return (shares.flatten() >= _MOSTLY).nonzero()[:, 0].cpu()


def _keep(
    kept: dict[str, Tensor],
    layer: str,
    own: Tensor,
    tile: Tile,
    image: Tensor,
    stride: int,
) -> None:
    size = map_size(image, stride)
    if own.shape[2:] == size:
        kept[layer] = own
        return
    if layer not in kept:
        kept[layer] = own.new_empty((*own.shape[:2], *size)).contiguous(
            memory_format=torch.channels_last
        )
    tile.part(kept[layer], stride).copy_(own)


def _summed(
    sums: Sequence[FeatureSums],
    shares: Sequence[Tensor | None],
    image: Tensor,
    stride: int,
    maps: Tensor | None,
) -> FeaturePass:
    height, width = map_size(image, stride)
    masses = tuple(
        float(height * width) if each is None else float(each.sum()) for each in shares
    )
    moments = tuple(each.over(mass) for each, mass in zip(sums, masses, strict=True))
    return FeaturePass(moments, masses, (height, width), maps)


def map_size(image: Tensor, stride: int) -> tuple[int, int]:
    """Return (height, width) of a layer's maps of (N, C, H, W)."""
    height, width = (-(-length // stride) for length in image.shape[2:])
    return height, width


def averaged(plane: Tensor, stride: int) -> Tensor:
    """Return the means of (1, 1, H, W) at a layer's positions, (1, 1, h, w)."""
    size = map_size(plane, stride)
    # What is left at the right and lower border is pooled as it is in the network.
    height, width = size[0] * stride, size[1] * stride
    missing = (0, width - plane.shape[3], 0, height - plane.shape[2])
    return F.avg_pool2d(F.pad(plane, missing, mode="replicate"), stride)


def shares_at(shares: Tensor, stride: int) -> Tensor:
    """Return a mask at a layer, (1, 1, h, w), shrunk where positions see far.

    Args:
        shares: (1, 1, H, W) in [0, 1].
        stride: of the layer.

    Source: Gatys et al. 2017, section 4, who shrink guidance channels at deep layers
    so that no position sees across the border.
    """
    coarse = averaged(shares, stride)
    if stride < _DEEP_STRIDE:
        return coarse
    shrunk = -F.max_pool2d(-coarse, 3, stride=1, padding=1)
    enough = float(shrunk.sum()) >= _LEAST_LEFT * float(coarse.sum())
    return shrunk if enough else coarse
