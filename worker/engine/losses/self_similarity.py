"""The self-similarity loss: places alike in the photograph shall stay alike.

What a place looks like is free; how unlike it is to every other place is kept. So the
layout survives where textures and colours change. Knows features, no network.

Source: Kolkin, Salavon and Shakhnarovich 2019 (STROTSS), eq. 7. Departures: one deep
layer where they take a hypercolumn; features less their mean, whose cosines tell
directions apart that all positions share; columns are divided by their mean and not by
their sum, so that the loss does not depend on the number of positions.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from worker.engine.losses.sampling import CountsAs, rows_of, stratified

#: Positions that are compared with each other at a time.
_MOST_COMPARED = 1024
#: A shorter centred feature, against the mean length, has no direction.
_LEAST_LENGTH = 0.05
#: Against the squared differences of features: the style comes out as near with either.
_WEIGHT = 4.0


def cosine_distances(rows: Tensor) -> Tensor:
    """Return 1 - cosine of centred features (N, P, C) by pairs, (N, P, P), 0 to 2."""
    centred = rows - rows.mean(dim=1, keepdim=True)
    lengths = torch.linalg.vector_norm(centred, dim=2, keepdim=True)
    tiny = torch.finfo(rows.dtype).tiny
    least = _LEAST_LENGTH * lengths.detach().mean(dim=1, keepdim=True) + tiny
    directions = centred / torch.maximum(lengths, least)
    return 1 - directions @ directions.mT


def self_similarity_distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Return how far two pictures' features (N, P, C) are from being alike alike.

    Returns:
        (N,): mean absolute difference of the distances, each divided by its column's
        mean; 0 for equal pictures, and if the features of one are rotated.
    """
    relative = [
        each / each.mean(dim=1, keepdim=True).clamp_min(torch.finfo(each.dtype).eps)
        for each in (cosine_distances(found), cosine_distances(wanted))
    ]
    return (relative[0] - relative[1]).abs().mean(dim=(1, 2))


class SelfSimilarityTerm:
    """The loss at one layer, at positions that are drawn anew in each step.

    Args:
        layer: its name.
        wanted: (N, C, H, W), the photograph's maps.
        weight: of the layer in the content loss.
        seed: of the positions.
    """

    counts_as = CountsAs.CONTENT
    is_renewing = False

    def __init__(self, layer: str, wanted: Tensor, weight: float, seed: int) -> None:
        self._layer = layer
        self._wanted = wanted
        self._weight = weight * _WEIGHT
        self._seed = seed
        # Filled in place: what was recorded as a CUDA graph goes on reading it.
        self._positions = self._drawn(0).to(wanted.device)

    def _drawn(self, step: int) -> Tensor:
        random = torch.Generator().manual_seed(self._seed + step)
        return stratified(self._wanted.shape[2:].numel(), _MOST_COMPARED, random)

    def begin(self, step: int) -> None:
        """Draw this step's positions."""
        self._positions.copy_(self._drawn(step))

    def positions(self) -> dict[str, Tensor]:
        """Return them, of the layer."""
        return {self._layer: self._positions}

    def distance(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted distance, (N,), of (N, P, C) from the photograph."""
        wanted = rows_of(self._wanted, self._positions)
        return self._weight * self_similarity_distance(rows[self._layer], wanted)

    def state(self) -> dict[str, Tensor]:
        """Return nothing: a step's positions follow from its number."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on: there is nothing to restore."""
