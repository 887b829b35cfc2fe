"""VGG19 as an eye: feature maps by layer name, and nothing else.

The only room that knows how the network wants its pixels: everybody else has float32
sRGB in [0, 1].

Source: Simonyan and Zisserman 2015, configuration E. Departures: the colour
preprocessing is folded into the first convolution, which pads by repeating the border
(zeros there are read as a dark frame); pooling keeps the odd last row and column, which
no deep layer would see otherwise (they filled with dots), so small images pass too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from .convolution import FrozenConvolution

#: Mean colour of the training set in BGR, 0 to 255 (Simonyan and Zisserman, 2.1).
MEAN_BGR = (103.939, 116.779, 123.68)
_PIXEL_RANGE = 255.0
#: The graph, in order.
LAYERS = (
    "relu1_1", "relu1_2", "pool1",
    "relu2_1", "relu2_2", "pool2",
    "relu3_1", "relu3_2", "relu3_3", "relu3_4", "pool3",
    "relu4_1", "relu4_2", "relu4_3", "relu4_4", "pool4",
    "relu5_1", "relu5_2", "relu5_3", "relu5_4", "pool5",
)  # fmt: skip


class Vgg19:
    """The frozen network, cut after the deepest layer anybody asks for.

    Args:
        tensors: "conv1_1.weight" and so on, as `weights.VggWeights.tensors`.
        deepest: the last layer to keep.
        dtype: of the convolutions after the first; float32 or bfloat16.
        device: where the weights live.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        *,
        deepest: str,
        dtype: torch.dtype = torch.float32,
        device: torch.device | None = None,
    ) -> None:
        self.device = device or torch.device("cpu")
        self._layers = LAYERS[: LAYERS.index(deepest) + 1]
        self._convolutions = {
            layer: self._frozen(tensors, layer, dtype)
            for layer in self._layers
            if layer.startswith("relu")
        }

    def _frozen(
        self, tensors: Mapping[str, Tensor], layer: str, dtype: torch.dtype
    ) -> FrozenConvolution:
        name = layer.replace("relu", "conv")
        kernel, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        if layer != LAYERS[0]:
            return FrozenConvolution(kernel, bias, dtype=dtype, device=self.device)
        kernel, bias = fold_preprocessing(kernel, bias)
        # float32 always: bfloat16 has 8 bits, too few for pixels; it costs little.
        return FrozenConvolution(
            kernel, bias, dtype=torch.float32, device=self.device, padding_px=0
        )

    def feature_maps(
        self, image: Tensor, taps: Iterable[str], checkpoint: Callable[[], None]
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each tap with its feature maps, as soon as they are there.

        Args:
            image: (N, 3, H, W), float32, sRGB in [0, 1].
            taps: names of layers.
            checkpoint: called between layers, forward and backward; may raise.

        Yields:
            (layer, maps (N, C, H', W')), from shallow to deep.
        """
        wanted = set(taps)
        unknown = wanted.difference(self._layers)
        if unknown:
            raise ValueError(f"no such layers here: {sorted(unknown)}")
        border = F.pad(image, (1, 1, 1, 1), mode="replicate")
        maps = border.contiguous(memory_format=torch.channels_last)
        for layer in self._layers:
            if layer.startswith("pool"):
                maps = _halve(maps)
            else:
                maps = self._convolutions[layer](maps, checkpoint)
            if layer in wanted:
                wanted.discard(layer)
                yield layer, maps
            if not wanted:
                return


def fold_preprocessing(kernel: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return a first convolution that takes RGB in [0, 1] instead of BGR minus mean.

    Args:
        kernel: (out, 3, 3, 3) for BGR, 0 to 255, minus `MEAN_BGR`.
        bias: (out,).
    """
    mean = torch.tensor(MEAN_BGR, dtype=kernel.dtype).view(1, 3, 1, 1)
    folded_bias = bias - (kernel * mean).sum(dim=(1, 2, 3))
    return kernel.flip(1) * _PIXEL_RANGE, folded_bias


def _halve(maps: Tensor) -> Tensor:
    """Keep the largest of each 2x2 block, and of what is left of it at the border."""
    return F.max_pool2d(maps, 2, ceil_mode=True)
