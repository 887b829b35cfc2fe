"""The network that turns a painting into the 100 numbers of its style.

A MobileNetV2 that its authors distilled from an Inception-v3. Source: Sandler et al.
2018, table 2; Ghiasi et al. 2017.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.packs.architectures import VECTOR_LENGTH

#: Side of the square that the network looks at.
PAINTING_PX = 256
_FIRST, _LAST = 32, 1280
#: Expansion, channels, blocks, stride of the first one.
_GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


@dataclass(frozen=True)
class _Block:
    """An inverted residual block."""

    name: str
    inputs: int
    outputs: int
    expansion: int
    stride: int

    @property
    def is_residual(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs


def _blocks() -> Iterator[_Block]:
    inputs, number = _FIRST, 0
    for expansion, outputs, count, stride in _GROUPS:
        for index in range(count):
            first = stride if index == 0 else 1
            yield _Block(f"block.{number}", inputs, outputs, expansion, first)
            inputs, number = outputs, number + 1


def predictor_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of the network's tensors, by name."""
    kernels: dict[str, tuple[int, ...]] = {"first": (_FIRST, 3, 3, 3)}
    for block in _blocks():
        inner = block.inputs * block.expansion
        if block.expansion > 1:
            kernels[f"{block.name}.expand"] = (inner, block.inputs, 1, 1)
        kernels[f"{block.name}.depthwise"] = (inner, 1, 3, 3)
        kernels[f"{block.name}.project"] = (block.outputs, inner, 1, 1)
    kernels["last"] = (_LAST, block.outputs, 1, 1)
    kernels["vector"] = (VECTOR_LENGTH, _LAST, 1, 1)
    biases = {f"{name}.bias": shape[:1] for name, shape in kernels.items()}
    return {f"{name}.weight": shape for name, shape in kernels.items()} | biases


class StylePredictor:
    """The network, resident.

    Args:
        tensors: those that `predictor_shapes` names.
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    @torch.no_grad()
    def __call__(self, painting: Tensor) -> Tensor:
        """Return the style of (1, 3, 256, 256), sRGB in [0, 1], as (100,)."""
        maps = self._convolved(painting, "first", stride=2)
        for block in _blocks():
            maps = self._block(maps, block)
        pooled = self._convolved(maps, "last").mean(dim=(2, 3), keepdim=True)
        return self._convolved(pooled, "vector", is_bounded=False).flatten()

    def _block(self, maps: Tensor, block: _Block) -> Tensor:
        inner = maps
        if block.expansion > 1:
            inner = self._convolved(inner, f"{block.name}.expand")
        inner = self._convolved(
            inner, f"{block.name}.depthwise", stride=block.stride, is_depthwise=True
        )
        made = self._convolved(inner, f"{block.name}.project", is_bounded=False)
        return made + maps if block.is_residual else made

    def _convolved(
        self,
        maps: Tensor,
        name: str,
        *,
        stride: int = 1,
        is_depthwise: bool = False,
        is_bounded: bool = True,
    ) -> Tensor:
        """Return a convolution padded as TensorFlow does: more after than before."""
        kernel, bias = (self._tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        before = (kernel.shape[-1] - stride) // 2
        after = kernel.shape[-1] - stride - before
        if after > 0:
            maps = F.pad(maps, (before, after, before, after))
        groups = maps.shape[1] if is_depthwise else 1
        made = F.conv2d(maps, kernel, bias, stride=stride, groups=groups)
        return made.clamp_(0, 6) if is_bounded else made
