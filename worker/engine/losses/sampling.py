"""Losses of features at some positions: what each must know, and how they are read.

A term says which positions of which layers it wants; the objective reads them, from
the whole picture or tile by tile, and asks it for its distance. Knows no network.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import torch
from torch import Tensor

from worker.engine.losses.statistics import exact
from worker.engine.machine.tiles import Tile


class CountsAs(StrEnum):
    """Which of the objective's weights a term has."""

    CONTENT = "content"
    STYLE = "style"
    STROKES = "strokes"


class SampledTerm(Protocol):
    """A loss of the features at positions that it chooses."""

    @property
    def counts_as(self) -> CountsAs:
        """Which weight it has."""
        ...

    @property
    def is_renewing(self) -> bool:
        """Whether this step's distance chooses anew, and waits for the device."""
        ...

    def begin(self, step: int) -> None:
        """Prepare for this step of the rung, from 0."""
        ...

    def positions(self) -> Mapping[str, Tensor]:
        """Return flat positions, (P,) on the maps' device, by layer."""
        ...

    def distance(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Return the distance, (N,), of features (N, P, C) at these positions."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return what the steps until the next choice depend on."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            KeyError: something is missing.
            RuntimeError: it is of other positions.
        """
        ...


def rows_at(
    maps: Tensor, positions: Tensor, width: int, tile: Tile, stride: int
) -> Tensor:
    """Return features, (N, P, C), at positions of the whole picture's maps.

    Args:
        maps: (N, C, h, w), a tile's own part.
        positions: (P,), flat; they may repeat.
        width: of the whole picture's maps.
        tile: positions outside it give zeros, so that tiles' rows add up.
        stride: pixels between two positions.
    """
    down = positions // width - tile.down.start // stride
    across = positions % width - tile.across.start // stride
    height, width = maps.shape[2:]
    is_here = (down >= 0) & (down < height) & (across >= 0) & (across < width)
    here = is_here.nonzero()[:, 0]
    flat = (down * width + across)[here]
    found = exact(maps.flatten(2).mT.index_select(1, flat))
    rows = found.new_zeros(len(maps), len(positions), maps.shape[1])
    return rows.index_copy(1, here, found)


def rows_of(maps: Tensor, positions: Tensor) -> Tensor:
    """Return features, (N, P, C), at flat positions of whole maps (N, C, H, W)."""
    return exact(maps.flatten(2).mT.index_select(1, positions))


def carried(
    positions: Tensor,
    size: tuple[int, int],
    other: tuple[int, int],
    strides: tuple[int, int],
) -> Tensor:
    """Return flat positions of one layer at the middle of them in another one.

    Args:
        positions: (P,), flat.
        size: (height, width) of their layer's maps.
        other: likewise, of the other one's.
        strides: of both, in pixels.
    """
    here, there = strides

    def middle(along: Tensor, length: int) -> Tensor:
        return ((2 * along + 1) * here // (2 * there)).clamp_max(length - 1)

    down = middle(positions // size[1], other[0])
    across = middle(positions % size[1], other[1])
    return down * other[1] + across


def stratified(count: int, most: int, random: torch.Generator) -> Tensor:
    """Return up to `most` of the positions below `count`: one of each equal part."""
    if count <= most:
        return torch.arange(count)
    jitter = torch.rand(most, generator=random, dtype=torch.float64)
    return ((torch.arange(most) + jitter) * (count / most)).long()
