"""Convolutions of large maps in strips of rows, so that what they copy stays small.

Exact: a strip sees the rows beside it, and the picture's own border is padded as the
whole map's would be. Maps are (1, C, H, W), channels last.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import InterruptionCheck
from worker.engine.feedforward.kernels import channels_last
from worker.engine.feedforward.normalization import Moments

#: Positions of a strip: 8 MB for 32 channels, and as much for each copy of it. Four
#: times as many took 0.3 GiB more at 2048 px and no less time.
STRIP_POSITIONS = 2**16


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A convolution ready to be computed.

    Attributes:
        kernel: (O, I, K, K), channels last.
        bias: (O,), or None.
        reach_rows: of its source, that it sees above and below.
        padding_px: around what the kernel is laid over, at the picture's border.
        padding_mode: "reflect" or "replicate".
        stride: rows of the source to one of the result.
        arranged: what is done to a padded window before the kernel is laid over it.
    """

    kernel: Tensor
    bias: Tensor | None = None
    reach_rows: int = 1
    padding_px: int = 1
    padding_mode: str = "reflect"
    stride: int = 1
    arranged: Callable[[Tensor], Tensor] = channels_last


@dataclass(frozen=True)
class Source:
    """Maps that a convolution reads, kept or made when they are asked for.

    Attributes:
        height: of all rows.
        width: likewise.
        rows: gives the maps from one row to before another.
    """

    height: int
    width: int
    rows: Callable[[int, int], Tensor]

    @classmethod
    def of(cls, maps: Tensor) -> "Source":
        """Return maps that are there."""
        height, width = maps.shape[2:]
        return cls(height, width, lambda top, bottom: maps[:, :, top:bottom])


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield the first row and one past the last one of each strip."""
    # Multiples of 4: a window that is clipped then begins at the picture's border.
    rows = max(4, STRIP_POSITIONS // width // 4 * 4)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def strip(source: Source, layer: Layer, top: int, bottom: int) -> Tensor:
    """Return the rows of a convolution's result from `top` to before `bottom`."""
    first, last = top * layer.stride, bottom * layer.stride
    is_first, is_last = first == 0, last == source.height
    window = source.rows(
        max(0, first - layer.reach_rows), min(source.height, last + layer.reach_rows)
    )
    side, mode = layer.padding_px, layer.padding_mode
    padding = (side, side, side * is_first, side * is_last)
    padded = layer.arranged(F.pad(window, padding, mode=mode))
    made = F.conv2d(padded, layer.kernel, layer.bias, stride=layer.stride)
    return made[:, :, : bottom - top]


def moments(source: Source, layer: Layer, check: InterruptionCheck) -> Moments:
    """Return the moments of a convolution's result without keeping it."""
    parts = []
    for top, bottom in strips(source.height, source.width):
        check()
        parts.append(Moments.of(strip(source, layer, top, bottom)))
    return Moments.together(parts)


def convolved(source: Source, layer: Layer, check: InterruptionCheck) -> Tensor:
    """Return all rows of a convolution's result."""
    height, width = source.height // layer.stride, source.width // layer.stride

    def made(top: int, bottom: int) -> Tensor:
        check()
        return strip(source, layer, top, bottom)

    return _assembled(height, width, made)


def replaced(maps: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Return maps changed strip by strip; large ones are written over.

    Args:
        maps: nobody else's.
        change: gives new rows for rows.
    """
    height, width = maps.shape[2:]

    def changed(top: int, bottom: int) -> Tensor:
        return change(maps[:, :, top:bottom])

    return _assembled(height, width, changed, maps)


def _assembled(
    height: int,
    width: int,
    made: Callable[[int, int], Tensor],
    into: Tensor | None = None,
) -> Tensor:
    """Return what `made` gives for all rows, in `into` unless it is one strip."""
    for top, bottom in strips(height, width):
        rows = made(top, bottom)
        if bottom - top == height:
            return rows
        if into is None:
            shape = (1, rows.shape[1], height, width)
            into = torch.empty(
                shape, device=rows.device, memory_format=torch.channels_last
            )
        into[:, :, top:bottom] = rows
    if into is None:
        raise ValueError(f"the maps have {height} rows")
    return into
