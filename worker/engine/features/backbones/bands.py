"""A convolution of torch's in bands of rows, between which a wish to stop is heard."""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import InterruptionCheck

KERNEL_PX = 3
#: Multiply-adds between two checkpoints: a tenth of a second on two slow cores.
_BAND_MACS = 20e9


def bands_of(macs: float) -> int:
    """Return into how many bands to cut so many multiply-adds, at least 1."""
    return max(1, math.ceil(macs / _BAND_MACS))


def convolve_in_bands(
    feature_maps: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    padding_px: int,
    check_interruption: InterruptionCheck,
) -> Tensor:
    """Return F.conv2d(...), in as many bands of rows as the work needs.

    Args:
        feature_maps: (N, in, H, W).
        kernel: (out, in, 3, 3).
        bias: (out,) or None.
        padding_px: zeros on each side, 0 to 2.
        check_interruption: called before each band.
    """
    count, _, height, width = feature_maps.shape
    rows = height + 2 * padding_px - KERNEL_PX + 1
    bands = bands_of(count * rows * width * kernel.numel())
    if bands == 1:
        check_interruption()
        return F.conv2d(feature_maps, kernel, bias, padding=padding_px)
    columns = width + 2 * padding_px - KERNEL_PX + 1
    convolved = torch.empty(
        (count, kernel.shape[0], rows, columns),
        dtype=feature_maps.dtype,
        device=feature_maps.device,
        memory_format=torch.channels_last,
    )
    height_of_band = math.ceil(rows / bands)
    for top in range(0, rows, height_of_band):
        check_interruption()
        bottom = min(top + height_of_band, rows)
        convolved[:, :, top:bottom] = _band(
            feature_maps, kernel, bias, padding_px, top, bottom
        )
    return convolved


def _band(
    feature_maps: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    padding_px: int,
    top: int,
    bottom: int,
) -> Tensor:
    """Return rows `top` to `bottom` of the convolution."""
    height = feature_maps.shape[2]
    # Row r of the result reads rows r - padding_px to r - padding_px + 2.
    first, last = top - padding_px, bottom - padding_px + KERNEL_PX - 1
    rows = feature_maps[:, :, max(first, 0) : min(last, height)]
    zeros = (padding_px, padding_px, max(-first, 0), max(last - height, 0))
    if zeros[2] or zeros[3]:
        return F.conv2d(F.pad(rows, zeros), kernel, bias)
    return F.conv2d(rows, kernel, bias, padding=(0, padding_px))
