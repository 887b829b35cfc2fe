"""Kernels rearranged so that the last three convolutions work at a lower resolution.

Equal to enlarging first up to rounding. The network's last layers have 3 to 16 channels
at full size, which fill a vector register badly; four pixels side by side make channels
of their own: 2.5 times as quick, and the enlarged maps are never made. A wide map,
(N, 4 * C, H, W), holds the 2 x 2 pixels of each position one after the other: its
channel `4 * (2 * row + column) + c` in the order (row, column, c).
"""

import torch
from torch import Tensor

#: Which rows of a 3-row kernel, laid over twice enlarged rows, fall on which row of the
#: small map (before, same, after), for the upper and the lower of two enlarged rows.
_ROWS = (((0, (0,)), (1, (1, 2))), ((1, (0, 1)), (2, (2,))))
_NINE = 9


def enlarging_kernel(kernel: Tensor) -> Tensor:
    """Return the kernel that makes a wide map of what is not enlarged yet.

    Args:
        kernel: (O, I, 3, 3), for a map enlarged twice by its nearest neighbours.

    Returns:
        (4 * O, I, 3, 3). The map's reflected border becomes a repeated one.
    """
    outputs, inputs = kernel.shape[:2]
    wide = kernel.new_zeros(2, 2, outputs, inputs, 3, 3)
    for row, down in enumerate(_ROWS):
        for column, across in enumerate(_ROWS):
            for y, from_rows in down:
                for x, from_columns in across:
                    part = kernel[:, :, list(from_rows)][..., list(from_columns)]
                    wide[row, column, :, :, y, x] = part.sum(dim=(2, 3))
    return wide.reshape(4 * outputs, inputs, 3, 3)


def block_kernel(kernel: Tensor) -> Tensor:
    """Return a kernel from wide maps to wide maps.

    Args:
        kernel: (O, I, 9, 9).

    Returns:
        (4 * O, 4 * I, 5, 5).
    """
    outputs, inputs = kernel.shape[:2]
    wide = kernel.new_zeros(2, 2, outputs, 2, 2, inputs, 5, 5)
    reach = _NINE // 2
    for row in range(2):
        for column in range(2):
            for y in range(_NINE):
                for x in range(_NINE):
                    down, across = row + y - reach, column + x - reach
                    place = (down // 2 + 2, across // 2 + 2)
                    wide[row, column, :, down % 2, across % 2, :, *place] = kernel[
                        ..., y, x
                    ]
    return wide.reshape(4 * outputs, 4 * inputs, 5, 5)


def enlarged(wide: Tensor) -> Tensor:
    """Return a wide map, (1, 4 * C, H, W), as the map that it is, (1, C, 2H, 2W)."""
    _, channels, height, width = wide.shape
    pixels = wide.permute(0, 2, 3, 1).reshape(height, width, 2, 2, channels // 4)
    placed = pixels.permute(0, 2, 1, 3, 4).reshape(1, 2 * height, 2 * width, -1)
    return placed.permute(0, 3, 1, 2)  # channels last in memory


def widened(maps: Tensor) -> Tensor:
    """Return (1, C, 2H, 2W) as a wide map, (1, 4 * C, H, W)."""
    _, channels, height, width = maps.shape
    pixels = maps.permute(0, 2, 3, 1).reshape(height // 2, 2, width // 2, 2, channels)
    blocks = pixels.permute(0, 2, 1, 3, 4).reshape(1, height // 2, width // 2, -1)
    return blocks.permute(0, 3, 1, 2)


def channels_last(tensor: Tensor) -> Tensor:
    """Return (N, C, H, W) with its channels side by side in memory."""
    return tensor.contiguous(memory_format=torch.channels_last)
