"""The shapes of the networks that repaint a picture in one pass, as data.

Convolutions halve the picture twice, residual blocks work at a quarter of its size, and
two nearest-neighbour enlargements bring it back. A style is nothing but a scale and a
shift for each normalized channel. Knows no weights.

Source: Dumoulin, Shlens and Kudlur 2017; Ghiasi et al. 2017.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: What both sides of a picture must be a multiple of: it is halved twice.
GRID_PX = 4
#: Added to the variance, as the networks were trained.
EPSILON = 1e-5
_RGB = 3
#: Numbers that tell one painting from another in the arbitrary network.
VECTOR_LENGTH = 100


class ArchitectureName(StrEnum):
    """Which shape a network has."""

    MULTISTYLE = "multistyle"
    ARBITRARY = "arbitrary"


@dataclass(frozen=True, kw_only=True)
class Convolution:
    """One convolution of a network.

    Attributes:
        name: "contract.0", "residual.3.1" or "expand.2".
        inputs: channels.
        outputs: likewise.
        kernel_px: side of the kernel.
        is_normalized: whether a style's scale and shift follow; else it has a bias.
    """

    name: str
    inputs: int
    outputs: int
    kernel_px: int
    is_normalized: bool


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The shape of one network.

    Attributes:
        contraction: channels after each of the first three convolutions.
        blocks: residual blocks, of two convolutions each.
        expansion: channels after each enlargement.
        contraction_is_normalized: whether the styles reach the first convolutions.
    """

    contraction: tuple[int, int, int]
    blocks: int
    expansion: tuple[int, int]
    contraction_is_normalized: bool

    def convolutions(self) -> Iterator[Convolution]:
        """Yield the convolutions in the order in which they are computed."""
        inputs, is_normalized = _RGB, self.contraction_is_normalized
        for index, outputs in enumerate(self.contraction):
            kernel_px = 9 if index == 0 else 3
            yield _convolution(
                f"contract.{index}", inputs, outputs, kernel_px, is_normalized
            )
            inputs = outputs
        for block in range(self.blocks):
            for index in range(2):
                yield _convolution(f"residual.{block}.{index}", inputs, inputs, 3)
        for index, outputs in enumerate((*self.expansion, _RGB)):
            kernel_px = 9 if outputs == _RGB else 3
            yield _convolution(f"expand.{index}", inputs, outputs, kernel_px)
            inputs = outputs

    def kernel_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what all styles share, by tensor."""
        shapes: dict[str, tuple[int, ...]] = {}
        for each in self.convolutions():
            side = (each.kernel_px, each.kernel_px)
            shapes[f"{each.name}.weight"] = (each.outputs, each.inputs, *side)
            if not each.is_normalized:
                shapes[f"{each.name}.bias"] = (each.outputs,)
        return shapes

    def style_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what makes one style, by tensor."""
        return {
            f"{each.name}.{part}": (each.outputs,)
            for each in self.convolutions()
            if each.is_normalized
            for part in ("scale", "shift")
        }


def _convolution(
    name: str,
    inputs: int,
    outputs: int,
    kernel_px: int,
    is_normalized: bool = True,  # noqa: FBT001, FBT002 - all others are
) -> Convolution:
    return Convolution(
        name=name,
        inputs=inputs,
        outputs=outputs,
        kernel_px=kernel_px,
        is_normalized=is_normalized,
    )


ARCHITECTURES: Mapping[ArchitectureName, Architecture] = {
    ArchitectureName.MULTISTYLE: Architecture(
        contraction=(32, 32, 32),
        blocks=6,
        expansion=(8, 4),
        contraction_is_normalized=True,
    ),
    ArchitectureName.ARBITRARY: Architecture(
        contraction=(8, 16, 32),
        blocks=5,
        expansion=(16, 8),
        contraction_is_normalized=False,
    ),
}
