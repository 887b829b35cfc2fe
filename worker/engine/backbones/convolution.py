"""One convolution with its rectifier: differentiated by hand, interruptible, in bands.

Our networks are frozen: only the gradient to the input is wanted, and that is again a
convolution. Written out, it keeps one tensor instead of two, and big images can be
worked in bands of rows so that a wish to stop is heard in time.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

Checkpoint = Callable[[], None]

#: Multiply-adds between two checkpoints: a tenth of a second on two slow cores.
_BAND_MACS = 20e9
_KERNEL_PX = 3


class FrozenConvolution:
    """A 3x3 convolution followed by max(0, ·), its weights fixed.

    Args:
        kernel: (out, in, 3, 3).
        bias: (out,).
        dtype: what it computes in and returns.
        device: where.
        padding_px: zeros around the input; 0 if the input is padded already.
    """

    def __init__(
        self,
        kernel: Tensor,
        bias: Tensor,
        *,
        dtype: torch.dtype,
        device: torch.device,
        padding_px: int = 1,
    ) -> None:
        # The gradient to the input is a convolution with the kernel turned by 180
        # degrees, its inputs and outputs exchanged.
        turned = kernel.flip(2, 3).transpose(0, 1)
        layout = torch.channels_last
        self.kernel = kernel.to(device, dtype).contiguous(memory_format=layout)
        self.turned_kernel = turned.to(device, dtype).contiguous(memory_format=layout)
        self.bias = bias.to(device, dtype)
        self.padding_px = padding_px

    def __call__(self, feature_maps: Tensor, checkpoint: Checkpoint) -> Tensor:
        """Return the rectified maps, (N, out, H, W); `checkpoint` may raise."""
        maps = feature_maps.to(self.kernel.dtype)
        rectified: Tensor = _RectifiedConvolution.apply(  # type: ignore[no-untyped-call]  # torch's
            maps, self, checkpoint
        )
        return rectified


class _RectifiedConvolution(torch.autograd.Function):
    """max(0, kernel * maps + bias), with the gradient to the maps only."""

    @staticmethod
    def forward(
        ctx: Any,  # torch does not say its type
        feature_maps: Tensor,
        convolution: FrozenConvolution,
        checkpoint: Checkpoint,
    ) -> Tensor:
        ctx.convolution, ctx.checkpoint = convolution, checkpoint
        rectified = convolve_in_bands(
            feature_maps,
            convolution.kernel,
            convolution.bias,
            convolution.padding_px,
            checkpoint,
        ).relu_()
        ctx.save_for_backward(rectified)
        return rectified

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (rectified,) = ctx.saved_tensors
        convolution: FrozenConvolution = ctx.convolution
        # Where the maximum is tied at zero the gradient is zero, as in torch.relu.
        gradient = torch.ops.aten.threshold_backward(gradients[0], rectified, 0)
        padding_px = _KERNEL_PX - 1 - convolution.padding_px
        to_input = convolve_in_bands(
            gradient, convolution.turned_kernel, None, padding_px, ctx.checkpoint
        )
        return to_input, None, None


def convolve_in_bands(
    feature_maps: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    padding_px: int,
    checkpoint: Checkpoint,
) -> Tensor:
    """Return F.conv2d(...), in as many bands of rows as the work needs.

    Args:
        feature_maps: (N, in, H, W).
        kernel: (out, in, 3, 3).
        bias: (out,) or None.
        padding_px: zeros on each side, 0 to 2.
        checkpoint: called before each band.
    """
    count, _, height, width = feature_maps.shape
    rows = height + 2 * padding_px - _KERNEL_PX + 1
    bands = math.ceil(count * rows * width * kernel.numel() / _BAND_MACS)
    if bands <= 1:
        checkpoint()
        return F.conv2d(feature_maps, kernel, bias, padding=padding_px)
    columns = width + 2 * padding_px - _KERNEL_PX + 1
    convolved = feature_maps.new_empty(
        (count, kernel.shape[0], rows, columns)
    ).contiguous(memory_format=torch.channels_last)
    height_of_band = math.ceil(rows / bands)
    for top in range(0, rows, height_of_band):
        checkpoint()
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
    first, last = top - padding_px, bottom - padding_px + _KERNEL_PX - 1
    rows = feature_maps[:, :, max(first, 0) : min(last, height)]
    zeros = (padding_px, padding_px, max(-first, 0), max(last - height, 0))
    if zeros[2] or zeros[3]:
        return F.conv2d(F.pad(rows, zeros), kernel, bias)
    return F.conv2d(rows, kernel, bias, padding=(0, padding_px))
