"""How well a student gives the feature maps of its teacher.

Pure functions of tensors. Each channel counts alike: differences are divided by the
channel's own variance, measured once on the teacher.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.features.extractor import (
    FeatureExtractor,
    InterruptionCheck,
)

#: A channel that is nearly always the same counts as if it had this part of its
#: layer's mean variance.
_LEAST_VARIANCE = 1e-3


@torch.no_grad()
def maps_of_teacher(
    image: Tensor,
    layers: Iterable[str],
    teacher: FeatureExtractor,
    check: InterruptionCheck,
) -> dict[str, Tensor]:
    """Return the teacher's maps, to be learnt."""
    return dict(teacher.feature_maps(image, layers, check))


@dataclass
class ChannelSums:
    """Sums over all positions seen so far of a layer of the teacher's, by channel.

    Attributes:
        count: positions.
        first: (C,), float64.
        second: (C,), of squares.
    """

    count: int = 0
    first: Tensor | float = 0.0
    second: Tensor | float = 0.0

    def add(self, maps: Tensor) -> None:
        """Count the positions of (N, C, H, W)."""
        values = maps.double()
        self.count += maps.numel() // maps.shape[1]
        self.first = self.first + values.sum(dim=(0, 2, 3))
        self.second = self.second + values.square().sum(dim=(0, 2, 3))

    @property
    def mean(self) -> Tensor:
        """(C,), float32."""
        return torch.as_tensor(self.first / self.count).float()

    @property
    def variance(self) -> Tensor:
        """(C,), float32; channels that hardly vary count as if they did a little."""
        mean = torch.as_tensor(self.first / self.count)
        variance = (self.second / self.count - mean.square()).clamp_min(0)
        floor = _LEAST_VARIANCE * variance.mean() + torch.finfo(torch.float32).tiny
        return torch.maximum(variance, floor).float()


def difference(found: Tensor, wanted: Tensor, deviation: Tensor) -> Tensor:
    """Return the mean square of the difference, in deviations of the channels.

    Args:
        found: (N, C, H, W), of the student.
        wanted: likewise, of the teacher.
        deviation: (C,), of the teacher.

    Returns:
        0 for the teacher itself, about 1 for its channels' means.
    """
    return ((found - wanted) / deviation[:, None, None]).square().mean()


def explained(
    pairs: Iterable[tuple[Mapping[str, Tensor], Mapping[str, Tensor]]],
) -> dict[str, float]:
    """Return R² of each layer over pictures, the mean over its channels.

    Args:
        pairs: the student's and the teacher's maps of each batch.

    Returns:
        1 for the teacher itself, 0 for the channels' means over these very pictures,
        below 0 for worse.
    """
    sums: dict[str, ChannelSums] = {}
    squares: dict[str, Tensor] = {}
    for found, wanted in pairs:
        for layer, maps in wanted.items():
            sums.setdefault(layer, ChannelSums()).add(maps)
            wrong = (found[layer] - maps).double().square().sum(dim=(0, 2, 3))
            squares[layer] = squares.get(layer, torch.zeros_like(wrong)) + wrong
    return {
        layer: float((1 - wrong / sums[layer].count / sums[layer].variance).mean())
        for layer, wrong in squares.items()
    }
