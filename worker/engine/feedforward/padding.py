"""Pictures of any size brought to the grid that the networks need, and back."""

import torch
from torch import Tensor

from app.contract.packs.architectures import GRID_PX

#: The residual blocks see two positions beyond a quarter of it.
_LEAST_PX = 16


def on_grid(image: Tensor) -> Tensor:
    """Return (N, C, H, W) reflected below and to the right, as far as is needed."""
    height, width = (_padded(side) for side in image.shape[2:])
    if (height, width) == tuple(image.shape[2:]):
        return image
    rows, columns = (
        _reflected(side, wanted)
        for side, wanted in zip(image.shape[2:], (height, width), strict=True)
    )
    return image[:, :, rows.to(image.device)][..., columns.to(image.device)]


def _padded(side: int) -> int:
    return max(_LEAST_PX, -(-side // GRID_PX) * GRID_PX)


def _reflected(side: int, wanted: int) -> Tensor:
    """Return `wanted` indices that run to and fro between 0 and side - 1."""
    period = max(1, 2 * side - 2)
    there = torch.arange(wanted) % period
    return torch.minimum(there, period - there)
