"""A VGG as a feature extractor: feature maps by layer name, and nothing else.

The only room that knows how the network wants its pixels: everybody else has float32
sRGB in [0, 1].

Source: Simonyan and Zisserman 2015, configurations D and E. Departures: the colour
preprocessing is folded into the first convolution, which pads by repeating the border
(zeros there are read as a dark frame); pooling keeps the odd last row and column, which
no deep layer would see otherwise (they filled with dots), so small images pass too.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor
from torch.utils.checkpoint import checkpoint as recomputed

from app.contract.painting.choices import Pooling, Precision
from worker.engine.features.backbones.convolution import (
    ConvolutionBackend,
    FrozenConvolution,
    TorchBackend,
)
from worker.engine.features.backbones.pooling import average_pool, max_pool
from worker.engine.features.extractor import InterruptionCheck, Reading, Tap
from worker.engine.features.weights import VggWeights, fold_preprocessing

#: What the convolutions compute in.
DTYPES = {
    Precision.FLOAT32: torch.float32,
    Precision.BFLOAT16: torch.bfloat16,
    Precision.FLOAT16: torch.float16,
    Precision.HALF: torch.float16,
}
#: With the real weights gradients of float16 overflow at about 400, and vanish in part
#: at 1e-5.
_LOSS_SCALE_PER_PIXEL = 16


class Vgg:
    """A frozen network, ready to read images.

    Args:
        weights: they name the graph and how it wants its pixels.
        precision: of the convolutions; the first one stays in float32 unless it is
            `HALF`: 8 significant bits are too few for pixels, and it costs little.
        pooling: average pooling doubles, which keeps the mean activation.
        activation_scale: all activations are divided by it, which no distance that is
            relative to its layer feels; keeps 16-bit numbers in their range. The
            network's own if None.
        device: where the weights live.
        backend: how convolutions are computed; plain torch by default.
    """

    def __init__(
        self,
        weights: VggWeights,
        *,
        precision: Precision = Precision.FLOAT32,
        pooling: Pooling = Pooling.MAX,
        activation_scale: float | None = None,
        device: torch.device | None = None,
        backend: ConvolutionBackend | None = None,
    ) -> None:
        description = weights.network.description
        self.device = device or torch.device("cpu")
        self.precision = precision
        self.pooling = pooling
        self._backend = backend or TorchBackend()
        #: Tells networks apart whose feature maps differ.
        self.key = (
            weights.network.value,
            weights.sha256,
            precision.value,
            pooling.value,
            self._backend.name,
        )
        self._layers = description.layers
        #: The stride of the deepest layers that are read.
        self.grid_px = max(self.stride(each) for each in self._layers if _is_relu(each))
        self._preprocessing = description.preprocessing
        self._activation_scale = activation_scale or description.activation_scale
        #: Given up one by one, as convolutions are prepared from them.
        self._tensors = dict(weights.tensors)
        #: Prepared when they are first used: the deepest ones are large, and nobody
        #: may ask for them.
        self._convolutions: dict[str, FrozenConvolution] = {}

    def _convolution(self, layer: str) -> FrozenConvolution:
        """Return a layer's convolution, prepared the first time.

        Its tensors are given up only then: memory may run out on the way, and the
        network serves the next jobs, too.
        """
        if layer not in self._convolutions:
            self._convolutions[layer] = self._frozen(layer)
            name = layer.replace("relu", "conv")
            del self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return self._convolutions[layer]

    def _frozen(self, layer: str) -> FrozenConvolution:
        name = layer.replace("relu", "conv")
        kernel = self._tensors[f"{name}.weight"]
        bias = self._tensors[f"{name}.bias"] / self._activation_scale
        dtype, is_first = DTYPES[self.precision], layer == self._layers[0]
        if is_first:
            # ReLU and pooling are homogeneous: what is divided here stays divided.
            kernel, bias = fold_preprocessing(
                kernel / self._activation_scale, bias, self._preprocessing
            )
            if self.precision is not Precision.HALF:
                dtype = torch.float32
        return FrozenConvolution(
            kernel,
            bias,
            dtype=dtype,
            device=self.device,
            padding_px=0 if is_first else 1,
            backend=self._backend,
        )

    def loss_scale(self, pixels: int) -> float:
        """Return what to multiply a loss with so that its gradient fits."""
        return loss_scale_of(DTYPES[self.precision], pixels)

    def require(self, layers: Iterable[str]) -> None:
        """Raise ValueError unless the network has all these layers."""
        unknown = set(layers).difference(self._layers)
        if unknown:
            known = ", ".join(each for each in self._layers if _is_relu(each))
            raise ValueError(
                f"this network has no layers {sorted(unknown)}; it has {known}"
            )

    def stride(self, layer: str) -> int:
        """Return how many pixels of the image lie between two positions of a layer."""
        before = self._layers[: self._layers.index(layer) + 1]
        pools: int = 2 ** sum(each.startswith("pool") for each in before)
        return pools

    def reach_px(self, layers: Iterable[str]) -> int:
        """Return how far from its centre the deepest of the layers sees."""
        wanted = set(layers)
        deepest = max(self._layers.index(layer) for layer in wanted)
        reach, stride = 0, 1
        for layer in self._layers[: deepest + 1]:
            if layer.startswith("pool"):
                reach, stride = reach + stride, 2 * stride
            else:
                reach += stride
        return reach

    def feature_maps(
        self, image: Tensor, taps: Iterable[str], check_interruption: InterruptionCheck
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each tap with its feature maps, as soon as they are there.

        Args:
            image: (N, 3, H, W), float32, sRGB in [0, 1].
            taps: names of layers.
            check_interruption: called between layers, forward and backward; may raise.

        Yields:
            (layer, maps (N, C, H', W')), from shallow to deep.
        """
        wanted = self._known(taps)
        layers = [layer for block in self._blocks(wanted) for layer in block]
        yield from self._through(layers, wanted, _bordered(image), check_interruption)

    def read(
        self,
        image: Tensor,
        taps: Mapping[str, Tap[Reading]],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> dict[str, Reading]:
        """Return what each tap keeps of its layer.

        Args:
            image: (N, 3, H, W), float32, sRGB in [0, 1].
            taps: by layer.
            check_interruption: called between layers, forward and backward; may raise.
            recompute: keep only what enters each block for the backward pass, and
                compute the rest of the block again there. Source: Chen et al. 2016,
                "Training deep nets with sublinear memory cost", section 3.
        """
        if not recompute:
            maps_of = self.feature_maps(image, taps, check_interruption)
            return {layer: taps[layer](maps) for layer, maps in maps_of}
        readings: dict[str, Reading] = {}
        maps = _bordered(image)
        for block in self._blocks(self._known(taps)):

            def run(maps: Tensor, block: tuple[str, ...] = block) -> object:
                found = {}
                wanted = {*taps, block[-1]}
                read = self._through(block, wanted, maps, check_interruption)
                for layer, deeper in read:
                    if layer in taps:
                        found[layer] = taps[layer](deeper)
                return deeper, found

            maps, found = recomputed(
                run, maps, use_reentrant=False, preserve_rng_state=False
            )
            readings.update(found)
        return readings

    def _known(self, taps: Iterable[str]) -> set[str]:
        wanted = set(taps)
        self.require(wanted)
        return wanted

    def _blocks(self, wanted: set[str]) -> list[tuple[str, ...]]:
        """Return the layers up to the deepest wanted, cut after each pooling."""
        deepest = max(self._layers.index(layer) for layer in wanted)
        blocks: list[list[str]] = [[]]
        for layer in self._layers[: deepest + 1]:
            blocks[-1].append(layer)
            if layer.startswith("pool"):
                blocks.append([])
        return [tuple(block) for block in blocks if block]

    def _through(
        self,
        layers: Sequence[str],
        wanted: Collection[str],
        maps: Tensor,
        check_interruption: InterruptionCheck,
    ) -> Iterator[tuple[str, Tensor]]:
        """Send maps through some layers that follow each other; yield the wanted ones.

        A convolution whose maps nobody wants but the pooling after it does both.
        """
        is_done = False
        for layer, following in zip(layers, (*layers[1:], ""), strict=True):
            if is_done:
                is_done = False
            elif not _is_relu(layer):
                pool = max_pool if self.pooling is Pooling.MAX else average_pool
                maps = pool(maps)
            elif (
                following.startswith("pool")
                and layer not in wanted
                and self.pooling is Pooling.MAX
            ):
                maps = self._convolution(layer).pooled(maps, check_interruption)
                is_done = True
            else:
                maps = self._convolution(layer)(maps, check_interruption)
            if layer in wanted:
                yield layer, maps


def loss_scale_of(dtype: torch.dtype, pixels: int) -> float:
    """Return what to multiply a loss with so that its gradient fits a number type.

    The gradient of a mean over a picture's positions is smaller than the least
    float16 number, and falls as the pixels grow: so must this rise, or small
    pictures would overflow. A power of two, which rounds nothing.

    Args:
        dtype: of the convolutions.
        pixels: of one picture.

    Source: Micikevicius et al. 2018, 3.2.
    """
    if dtype is not torch.float16:
        return 1.0
    return 2.0 ** round(math.log2(_LOSS_SCALE_PER_PIXEL * pixels))


def _is_relu(layer: str) -> bool:
    return layer.startswith("relu")


def _bordered(image: Tensor) -> Tensor:
    """Repeat the border once and lay the channels last."""
    border = F.pad(image, (1, 1, 1, 1), mode="replicate")
    return border.contiguous(memory_format=torch.channels_last)
