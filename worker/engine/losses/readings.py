"""What is kept of a layer's feature maps: parts that tiles can add up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from worker.engine.losses.statistics import FeatureSums


@dataclass(frozen=True)
class LayerReading:
    """What is kept of one layer's feature maps, of a tile or of the whole picture.

    Attributes:
        sums: of each region.
        difference: (N,), sum of squared differences from the content.
        few_maps: (N, C, h, w) if they have fewer positions than channels and are the
            whole picture's; else None.
        rows: (N, P, C) by term, features at the positions that it wants; of a tile
            those that lie in it, the others zero.
    """

    sums: tuple[FeatureSums, ...]
    difference: Tensor | None
    few_maps: Tensor | None
    rows: Mapping[str, Tensor] = field(default_factory=dict)

    def __add__(self, other: "LayerReading") -> "LayerReading":
        pairs = zip(self.sums, other.sums, strict=True)
        return LayerReading(
            tuple(one + two for one, two in pairs),
            _added(self.difference, other.difference),
            None,
            {name: rows + other.rows[name] for name, rows in self.rows.items()},
        )

    def tensors(self) -> list[Tensor]:
        """Return what losses can be differentiated by, `few_maps` left out."""
        found = [each for sums in self.sums for each in (sums.first, sums.second)]
        if self.difference is not None:
            found.append(self.difference)
        return [*found, *self.rows.values()]

    def as_leaves(self) -> "LayerReading":
        """Return copies that losses can be differentiated by."""

        def leaf(tensor: Tensor) -> Tensor:
            return tensor.detach().requires_grad_()

        sums = tuple(FeatureSums(leaf(s.first), leaf(s.second)) for s in self.sums)
        difference = None if self.difference is None else leaf(self.difference)
        rows = {name: leaf(each) for name, each in self.rows.items()}
        return LayerReading(sums, difference, None, rows)


def _added(one: Tensor | None, two: Tensor | None) -> Tensor | None:
    return None if one is None or two is None else one + two


Readings = Mapping[str, LayerReading]


def detached(readings: Readings) -> dict[str, LayerReading]:
    """Return leaves of equal values: the losses' graph shall end there."""
    with torch.enable_grad():
        return {layer: reading.as_leaves() for layer, reading in readings.items()}
