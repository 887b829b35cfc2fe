"""One convolution with its rectifier: differentiated by hand, interruptible.

Our networks are frozen: only the gradient to the input is wanted, and that is again a
convolution. Written out, it keeps one tensor instead of two. How either is computed is
a backend's affair: torch's is here, the reference and what is used where no other
fits. Refuses to know the network's graph.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.features.extractor import InterruptionCheck

KERNEL_PX = 3
#: Multiply-adds between two checkpoints: a tenth of a second on two slow cores.
_BAND_MACS = 20e9


@dataclass(frozen=True)
class ConvolutionWeights:
    """What a backend prepares one convolution from.

    Attributes:
        kernel: (out, in, 3, 3).
        bias: (out,).
        dtype: what it computes in and returns.
        device: where.
        padding_px: zeros around the input, 0 to 2.
    """

    kernel: Tensor
    bias: Tensor
    dtype: torch.dtype
    device: torch.device
    padding_px: int = 1

    def __post_init__(self) -> None:
        if self.kernel.dim() != 4 or self.kernel.shape[2:] != (KERNEL_PX, KERNEL_PX):
            raise ValueError(
                f"kernel is {tuple(self.kernel.shape)}, must be (out, in, 3, 3)"
            )
        if self.bias.shape != self.kernel.shape[:1]:
            raise ValueError(
                f"bias is {tuple(self.bias.shape)}, must be ({self.kernel.shape[0]},)"
            )
        if not 0 <= self.padding_px < KERNEL_PX:
            raise ValueError(f"padding_px is {self.padding_px}, must be 0, 1 or 2")


class PreparedConvolution(Protocol):
    """One convolution, its weights laid out as its backend likes them."""

    def rectified(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        """Return max(0, kernel * maps + bias).

        Args:
            feature_maps: (N, in, H, W), of the weights' dtype.
            check_interruption: called at least every tenth of a second; may raise.
        """
        ...

    def gradient_to_input(
        self, gradient: Tensor, rectified: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        """Return the gradient to the maps, (N, in, H, W).

        Args:
            gradient: to the rectified maps, (N, out, H, W).
            rectified: what `rectified` returned; where it is not positive, no
                gradient passes, as in torch.relu.
            check_interruption: as above.
        """
        ...


class ConvolutionBackend(Protocol):
    """A way to compute convolutions."""

    @property
    def name(self) -> str:
        """What it is chosen by."""
        ...

    def prepare(self, weights: ConvolutionWeights) -> PreparedConvolution:
        """Return the convolution, ready to run as often as wanted."""
        ...


class TorchBackend:
    """Plain torch, on any device and in any dtype; big images in bands of rows."""

    name = "torch"

    def prepare(self, weights: ConvolutionWeights) -> PreparedConvolution:
        """Return the convolution in torch's layout for channels-last maps."""
        return _TorchConvolution(weights)


class FrozenConvolution:
    """A 3x3 convolution followed by max(0, ·), its weights fixed.

    Args:
        kernel: (out, in, 3, 3).
        bias: (out,).
        dtype: what it computes in and returns.
        device: where.
        padding_px: zeros around the input; 0 if the input is padded already.
        backend: how it is computed; plain torch by default.
    """

    def __init__(
        self,
        kernel: Tensor,
        bias: Tensor,
        *,
        dtype: torch.dtype,
        device: torch.device,
        padding_px: int = 1,
        backend: ConvolutionBackend | None = None,
    ) -> None:
        weights = ConvolutionWeights(kernel, bias, dtype, device, padding_px)
        self._dtype = dtype
        self._prepared = (backend or TorchBackend()).prepare(weights)

    def __call__(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        """Return the rectified maps, (N, out, H, W); `checkpoint` may raise."""
        maps = feature_maps.to(self._dtype)
        rectified: Tensor = _RectifiedConvolution.apply(  # type: ignore[no-untyped-call]  # torch's
            maps, self._prepared, check_interruption
        )
        return rectified


class _RectifiedConvolution(torch.autograd.Function):
    """max(0, kernel * maps + bias), with the gradient to the maps only."""

    @staticmethod
    def forward(
        ctx: Any,  # torch does not say its type
        feature_maps: Tensor,
        prepared: PreparedConvolution,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        ctx.prepared, ctx.check_interruption = prepared, check_interruption
        rectified = prepared.rectified(feature_maps, check_interruption)
        ctx.save_for_backward(rectified)
        return rectified

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (rectified,) = ctx.saved_tensors
        prepared: PreparedConvolution = ctx.prepared
        to_input = prepared.gradient_to_input(
            gradients[0], rectified, ctx.check_interruption
        )
        return to_input, None, None


def turned(kernel: Tensor) -> Tensor:
    """Return the kernel of the gradient to the input.

    It is turned by 180 degrees, its inputs and outputs exchanged: (in, out, 3, 3).
    """
    return kernel.flip(2, 3).transpose(0, 1)


class _TorchConvolution:
    """A `PreparedConvolution` of torch's."""

    def __init__(self, weights: ConvolutionWeights) -> None:
        def placed(kernel: Tensor) -> Tensor:
            kernel = kernel.to(weights.device, weights.dtype)
            return kernel.contiguous(memory_format=torch.channels_last)

        self._kernel = placed(weights.kernel)
        self._turned_kernel = placed(turned(weights.kernel))
        self._bias = weights.bias.to(weights.device, weights.dtype)
        self._padding_px = weights.padding_px

    def rectified(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        return convolve_in_bands(
            feature_maps, self._kernel, self._bias, self._padding_px, check_interruption
        ).relu_()

    def gradient_to_input(
        self, gradient: Tensor, rectified: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        # Where the maximum is tied at zero the gradient is zero, as in torch.relu.
        gradient = torch.ops.aten.threshold_backward(gradient, rectified, 0)
        padding_px = KERNEL_PX - 1 - self._padding_px
        return convolve_in_bands(
            gradient, self._turned_kernel, None, padding_px, check_interruption
        )


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
