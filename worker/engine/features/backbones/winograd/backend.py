"""Winograd's convolutions behind the interface of all backends.

Takes what its kernels are made for (a CPU, padding by one, channels by the panel) and
leaves the rest to plain torch. Knows no graph.

The transform costs accuracy: in float32 a gradient through VGG19 differs by a few 1e-4
of its norm from torch's, in bfloat16 by little more than bfloat16 itself.
"""

import logging
import math
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.errors import BackendError
from worker.engine.features.backbones.bands import bands_of
from worker.engine.features.backbones.convolution import (
    ConvolutionBackend,
    ConvolutionWeights,
    PreparedConvolution,
    TorchBackend,
    turned,
)
from worker.engine.features.backbones.winograd import build
from worker.engine.features.backbones.winograd.library import (
    Operands,
    WinogradLibrary,
    halved,
)
from worker.engine.features.backbones.winograd.packing import pack
from worker.engine.features.extractor import InterruptionCheck

logger = logging.getLogger(__name__)

_DTYPES = frozenset({torch.float32, torch.bfloat16})
#: Of a small convolution's norm; a miscompiled one is off by far more.
_CHECK_TOLERANCE = 1e-4


class WinogradBackend:
    """Our own kernels for 3x3 convolutions that keep the size of their maps.

    Args:
        library: the compiled kernels.
    """

    name = "winograd"

    def __init__(self, library: WinogradLibrary) -> None:
        self._library = library
        self._torch: ConvolutionBackend = TorchBackend()

    @classmethod
    def load(cls, cache_dir: Path, compiler: str | None = None) -> "WinogradBackend":
        """Return the backend, its kernels compiled if need be, and checked.

        Raises:
            BackendError: there are no kernels for this machine; says why.
        """
        backend = cls(WinogradLibrary(build.library(cache_dir, compiler)))
        backend.check()
        return backend

    def prepare(self, weights: ConvolutionWeights) -> PreparedConvolution:
        """Return the convolution, torch's if ours can not do it."""
        if self.can(weights):
            return _WinogradConvolution(self._library, weights)
        prepared = self._torch.prepare(weights)
        if self.can_go_back(weights):
            return _FirstConvolution(self._library, weights, prepared)
        return prepared

    def can(self, weights: ConvolutionWeights) -> bool:
        """Tell whether our kernels are made for this."""
        return (
            self._can_read_outputs(weights)
            and weights.padding_px == 1
            and weights.kernel.shape[1] % self._library.panel == 0
        )

    def can_go_back(self, weights: ConvolutionWeights) -> bool:
        """Tell whether they are made for its gradient alone: few channels go in."""
        return (
            self._can_read_outputs(weights)
            and weights.padding_px == 0
            and weights.kernel.shape[1] < self._library.panel
        )

    def _can_read_outputs(self, weights: ConvolutionWeights) -> bool:
        return (
            weights.device.type == "cpu"
            and weights.dtype in _DTYPES
            and weights.kernel.shape[0] % self._library.panel == 0
        )

    def check(self) -> None:
        """Compare a small convolution with torch's: compilers err, too.

        Raises:
            BackendError: they differ.
        """
        random, channels = torch.Generator().manual_seed(0), self._library.panel
        weights = ConvolutionWeights(
            torch.randn(channels, channels, 3, 3, generator=random),
            torch.randn(channels, generator=random),
            torch.float32,
            torch.device("cpu"),
        )
        maps = torch.randn(1, channels, 9, 6, generator=random)
        found, wanted = (
            each.prepare(weights).rectified(maps, _never)
            for each in (self, self._torch)
        )
        error = float((found - wanted).norm() / wanted.norm())
        if not error < _CHECK_TOLERANCE:  # NaN, too
            raise BackendError(
                f"the compiled kernels are off by {error:.1e}: they are not used"
            )


class _WinogradConvolution:
    """A `PreparedConvolution` of ours; four times the kernels' memory."""

    def __init__(self, library: WinogradLibrary, weights: ConvolutionWeights) -> None:
        self._library = library
        kernel, dtype = weights.kernel.cpu(), weights.dtype
        self._outputs, self._inputs = kernel.shape[:2]
        self._kernels = pack(kernel, dtype, library.panel)
        self._turned_kernels = pack(turned(kernel), dtype, library.panel)
        self._bias = weights.bias.to("cpu", torch.float32).contiguous()

    def rectified(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        maps = _channels_last(feature_maps)
        operands = Operands(
            maps=maps,
            kernels=self._kernels,
            result=_empty(maps, self._outputs, maps.shape[2:]),
            bias=self._bias,
            rectify=True,
        )
        return _convolve_in_bands(self._library, operands, check_interruption)

    def gradient_to_input(
        self, gradient: Tensor, rectified: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        maps = _channels_last(gradient)
        operands = Operands(
            maps=maps,
            kernels=self._turned_kernels,
            result=_empty(maps, self._inputs, maps.shape[2:]),
            mask=_channels_last(rectified),
        )
        return _convolve_in_bands(self._library, operands, check_interruption)

    def pooled(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> tuple[Tensor, Tensor]:
        """Keep of each block where its largest value was, a byte."""
        maps = _channels_last(feature_maps)
        result = _empty(maps, self._outputs, halved(maps.shape[2:]))
        places = torch.empty_like(result, dtype=torch.uint8)
        operands = Operands(
            maps=maps,
            kernels=self._kernels,
            result=result,
            bias=self._bias,
            rectify=True,
            pool_places=places,
        )
        return _convolve_in_bands(self._library, operands, check_interruption), places

    def gradient_through_pool(
        self,
        gradient: Tensor,
        kept: Tensor,
        size: torch.Size,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        maps = _channels_last(gradient)
        operands = Operands(
            maps=maps,
            kernels=self._turned_kernels,
            result=_empty(maps, self._inputs, size),
            spread_places=kept,
        )
        return _convolve_in_bands(self._library, operands, check_interruption)


class _FirstConvolution:
    """Torch's convolution, its gradient ours: that reads many channels, writes few.

    Args:
        library: the compiled kernels.
        weights: of the convolution.
        forward: torch's.
    """

    def __init__(
        self,
        library: WinogradLibrary,
        weights: ConvolutionWeights,
        forward: PreparedConvolution,
    ) -> None:
        self._library, self._forward = library, forward
        kernel = turned(weights.kernel.cpu())
        self._inputs = kernel.shape[0]
        # Outputs come by the panel: what is added is zero and not looked at.
        kernel = F.pad(kernel, (0, 0) * 3 + (0, library.panel - self._inputs))
        self._turned_kernels = pack(kernel, weights.dtype, library.panel)

    def rectified(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        return self._forward.rectified(feature_maps, check_interruption)

    def gradient_to_input(
        self, gradient: Tensor, rectified: Tensor, check_interruption: InterruptionCheck
    ) -> Tensor:
        maps = _channels_last(gradient)
        size = torch.Size(length + 2 for length in maps.shape[2:])
        operands = Operands(
            maps=maps,
            kernels=self._turned_kernels,
            result=_empty(maps, self._library.panel, size),
            mask=_channels_last(rectified),
            padding_px=2,
        )
        found = _convolve_in_bands(self._library, operands, check_interruption)
        return _channels_last(found[:, : self._inputs])

    def pooled(
        self, feature_maps: Tensor, check_interruption: InterruptionCheck
    ) -> tuple[Tensor, Tensor]:
        return self._forward.pooled(feature_maps, check_interruption)

    def gradient_through_pool(
        self,
        gradient: Tensor,
        kept: Tensor,
        size: torch.Size,
        check_interruption: InterruptionCheck,
    ) -> Tensor:
        return self._forward.gradient_through_pool(
            gradient, kept, size, check_interruption
        )


def _convolve_in_bands(
    library: WinogradLibrary, operands: Operands, check_interruption: InterruptionCheck
) -> Tensor:
    """Compute the result band by band."""
    count, (height, width) = operands.maps.shape[0], operands.size
    channels = operands.maps.shape[1] * operands.result.shape[1]
    macs = count * height * width * channels * 9
    tiles_a_band = max(1, math.ceil(operands.tiles / bands_of(macs)))
    for first in range(0, operands.tiles, tiles_a_band):
        check_interruption()
        library.convolve(operands, first, first + tiles_a_band)
    return operands.result


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)


def _empty(maps: Tensor, channels: int, size: torch.Size) -> Tensor:
    """Return room for as many maps of another size, with other channels."""
    return torch.empty(
        (maps.shape[0], channels, *size),
        dtype=maps.dtype,
        memory_format=torch.channels_last,
    )


def _never() -> None:
    """Stop for nobody: the check takes a millisecond."""
