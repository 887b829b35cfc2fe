"""One convolution with its rectifier: differentiated by hand, interruptible.

Our networks are frozen: only the gradient to the input is wanted, and that is again a
convolution. Written out, it keeps one tensor instead of two. How either is computed is
a backend's affair: torch's is here, the reference and what is used where no other
fits. Refuses to know the network's graph.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from worker.engine.features.backbones.bands import KERNEL_PX, convolve_in_bands
from worker.engine.features.backbones.pooling import gradient_to_maps, largest_of_blocks
from worker.engine.features.extractor import InterruptionCheck


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

    def pooled(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> tuple[Tensor, Tensor]:
        """Return the largest of each 2x2 block of `rectified`, as `max_pool` does.

        Returns:
            (N, out, ceil(H / 2), ceil(W / 2)), and what `gradient_through_pool` needs.
        """
        ...

    def gradient_through_pool(
        self,
        gradient: Tensor,
        kept: Tensor,
        size: torch.Size,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        """Return the gradient to the maps, (N, in, H, W).

        Args:
            gradient: to what `pooled` returned first.
            kept: what it returned second.
            size: (H, W).
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

    def pooled(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        """Return the largest of each 2x2 block of the rectified maps.

        The same as `max_pool` of them; a backend may never write them down.
        """
        maps = feature_maps.to(self._dtype)
        pooled: Tensor = _PooledConvolution.apply(  # type: ignore[no-untyped-call]  # torch's
            maps, self._prepared, check_interruption
        )
        return pooled


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


class _PooledConvolution(torch.autograd.Function):
    """The same, and the largest of each 2x2 block of it."""

    @staticmethod
    def forward(
        ctx: Any,  # torch does not say its type
        feature_maps: Tensor,
        prepared: PreparedConvolution,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        ctx.prepared, ctx.check_interruption = prepared, check_interruption
        ctx.size = feature_maps.shape[2:]
        pooled, kept = prepared.pooled(feature_maps, check_interruption)
        ctx.save_for_backward(kept)
        return pooled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        prepared: PreparedConvolution = ctx.prepared
        to_input = prepared.gradient_through_pool(
            gradients[0], kept, ctx.size, ctx.check_interruption
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

    def pooled(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> tuple[Tensor, Tensor]:
        rectified = self.rectified(feature_maps, check_interruption)
        return largest_of_blocks(rectified), rectified

    def gradient_through_pool(
        self,
        gradient: Tensor,
        kept: Tensor,
        size: torch.Size,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        del size  # the maps that were kept have it
        to_rectified = gradient_to_maps(gradient, kept)
        return self.gradient_to_input(to_rectified, kept, check_interruption)
