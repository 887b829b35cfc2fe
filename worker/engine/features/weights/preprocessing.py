"""How a network wants its pixels, as data, and how to spare it the trouble.

Everybody but a network's first layer has sRGB in [0, 1]. Knows no network by name.
"""

from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

_RGB = 3


class ChannelOrder(StrEnum):
    """In which order a network's first kernels read the colours."""

    RGB = "rgb"
    BGR = "bgr"


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """What was done to the pixels that the network was trained on, in this order.

    Attributes:
        order: of the channels.
        range: 1.0 or 255.0, of a white pixel before the mean is taken away.
        mean: of each channel, in `order`, in units of `range`.
        std: each channel is divided by it at last; likewise.

    Raises:
        ValueError: an order, a range or a deviation that nobody has.
    """

    order: ChannelOrder
    range: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        """Refuse what would give a wrong picture silently."""
        ChannelOrder(self.order)
        if self.range not in (1.0, 255.0):
            raise ValueError(f"range is {self.range}, must be 1 or 255")
        if len(self.mean) != _RGB or not all(0 < m < self.range for m in self.mean):
            raise ValueError(f"mean is {self.mean}, must be 3 inside 0..{self.range}")
        if len(self.std) != _RGB or min(self.std) <= 0:
            raise ValueError(f"std is {self.std}, must be 3 above 0")


def fold_preprocessing(
    kernel: Tensor, bias: Tensor, preprocessing: Preprocessing
) -> tuple[Tensor, Tensor]:
    """Return a first convolution that takes RGB in [0, 1] and gives the same.

    The same wherever the kernel sees pixels only: zeros around the image mean black
    to the folded convolution, the mean colour to the original one.

    Args:
        kernel: (out, 3, height, width), for preprocessed pixels.
        bias: (out,).
        preprocessing: what `kernel` was trained on.

    Returns:
        Kernel and bias, of the same shapes.
    """
    std = torch.tensor(preprocessing.std, dtype=kernel.dtype).view(1, 3, 1, 1)
    mean = torch.tensor(preprocessing.mean, dtype=kernel.dtype).view(1, 3, 1, 1)
    # kernel * (range * pixel - mean) / std, sorted by what depends on the pixel.
    divided = kernel / std
    folded_bias = bias - (divided * mean).sum(dim=(1, 2, 3))
    if preprocessing.order is ChannelOrder.BGR:
        divided = divided.flip(1)
    return divided * preprocessing.range, folded_bias
