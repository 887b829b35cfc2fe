"""The network that repaints a picture in one pass, in any styles of its shape.

Whole or in strips, the picture is the same up to rounding: statistics are always those
of the whole picture, so there are no seams. Images are (1, 3, H, W), float32, sRGB in
[0, 1], H and W multiples of 4.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from app.contract.packs.architectures import Architecture, Convolution
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.feedforward.kernels import (
    block_kernel,
    channels_last,
    enlarged,
    enlarging_kernel,
    widened,
)
from worker.engine.feedforward.normalization import Condition, Moments, normalized
from worker.engine.feedforward.strips import (
    Layer,
    Source,
    convolved,
    moments,
    replaced,
    strip,
)

#: Values of the first maps that are kept; larger ones, from 2048 x 2048 px on with 32
#: channels, are computed twice: 40 % of the time more, a gigabyte less.
_KEPT_VALUES = 2**27
_EXPANSIONS = 3


class TransformNetwork:
    """Convolutions, resident, that all styles of one training share.

    Args:
        architecture: their shapes.
        kernels: the tensors that `architecture.kernel_shapes` names.
        device: where they live.
    """

    def __init__(
        self,
        architecture: Architecture,
        kernels: Mapping[str, Tensor],
        device: torch.device | None = None,
    ) -> None:
        self.architecture = architecture
        self._layers = {
            each.name: _layer(each, kernels, device)
            for each in architecture.convolutions()
        }
        self._normalized = {
            each.name for each in architecture.convolutions() if each.is_normalized
        }

    def __call__(
        self,
        image: Tensor,
        condition: Condition,
        check: InterruptionCheck = uninterrupted,
    ) -> Tensor:
        """Return the repainted picture before its sigmoid, (1, 3, H, W).

        Args:
            image: H and W multiples of `GRID_PX`, at least 8.
            condition: the style.
            check: called many times a second.
        """
        maps = self._contracted(image, condition, check)
        for block in range(self.architecture.blocks):
            maps = self._with_residual(maps, block, condition, check)
        return self._expanded(maps, condition, check)

    def _contracted(
        self, image: Tensor, condition: Condition, check: InterruptionCheck
    ) -> Tensor:
        source = self._first_maps(Source.of(image), condition, check)
        for index in (1, 2):
            layer = f"contract.{index}"
            maps = convolved(source, self._layers[layer], check)
            maps = self._styled(maps, layer, condition).relu_()
            source = Source.of(maps)
        return maps

    def _first_maps(
        self, image: Source, condition: Condition, check: InterruptionCheck
    ) -> Source:
        """Return the first layer's maps, made strip by strip as they are asked for.

        Those with a style are made twice then, so they are kept unless they are large.
        """
        name = "contract.0"
        layer, is_normalized = self._layers[name], name in self._normalized
        values = image.height * image.width * self.architecture.contraction[0]
        if is_normalized and values <= _KEPT_VALUES:
            maps = convolved(image, layer, check)
            return Source.of(self._styled(maps, name, condition).relu_())
        whole = moments(image, layer, check) if is_normalized else None

        def rows(top: int, bottom: int) -> Tensor:
            maps = strip(image, layer, top, bottom)
            if whole is not None:
                maps = normalized(maps, whole, name, condition)
            return maps.relu_()

        return Source(image.height, image.width, rows)

    def _with_residual(
        self, maps: Tensor, block: int, condition: Condition, check: InterruptionCheck
    ) -> Tensor:
        first, second = (f"residual.{block}.{index}" for index in range(2))
        inner = convolved(Source.of(maps), self._layers[first], check)
        inner = self._styled(inner, first, condition).relu_()
        added = convolved(Source.of(inner), self._layers[second], check)
        return self._styled(added, second, condition).add_(maps)

    def _expanded(
        self, maps: Tensor, condition: Condition, check: InterruptionCheck
    ) -> Tensor:
        """Return the picture; between its layers the maps are wide (see `kernels`)."""
        source = Source.of(maps)
        for index in range(_EXPANSIONS):
            name = f"expand.{index}"
            wide = convolved(source, self._layers[name], check)
            wide = self._styled(wide, name, condition)
            if index == _EXPANSIONS - 1:
                return enlarged(wide)
            wide.relu_()
            source = Source.of(enlarged(wide)) if index == 0 else _wide_source(wide)
        raise AssertionError

    def _styled(self, maps: Tensor, name: str, condition: Condition) -> Tensor:
        """Return the maps in the style; those without one as they are."""
        if name not in self._normalized:
            return maps
        whole = Moments.of(maps)
        if name.startswith("expand"):
            whole = whole.of_four()
        return replaced(
            maps,
            lambda part: normalized(part, whole, name, condition),
        )


def _wide_source(wide: Tensor) -> Source:
    """Return enlarged rows of a wide map, by the wide map's rows."""
    height, width = wide.shape[2:]
    return Source(height, width, lambda top, end: enlarged(wide[:, :, top:end]))


def _layer(
    convolution: Convolution, kernels: Mapping[str, Tensor], device: torch.device | None
) -> Layer:
    name = convolution.name
    kernel = kernels[f"{name}.weight"].to(device)
    bias = kernels.get(f"{name}.bias")
    if name in {"expand.0", "expand.1"}:
        return Layer(
            kernel=channels_last(enlarging_kernel(kernel)), padding_mode="replicate"
        )
    if name == "expand.2":
        return Layer(
            kernel=channels_last(block_kernel(kernel)),
            reach_rows=2,
            padding_px=4,
            arranged=widened,
        )
    reach_px = convolution.kernel_px // 2
    return Layer(
        kernel=channels_last(kernel),
        bias=None if bias is None else bias.to(device),
        reach_rows=reach_px,
        padding_px=reach_px,
        stride=2 if name in {"contract.1", "contract.2"} else 1,
    )
