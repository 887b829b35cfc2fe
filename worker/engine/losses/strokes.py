"""The stroke term: each place of the pastiche shall look like some place of a painting.

The distances between statistics are met by smooth paint of the right mean and spread;
this one asks every place for a stroke that the painter made:

    mean over positions p of 1 - <x_p, s_m(p)>,   m(p) = argmax_q <x_p, s_q> - b_q

x_p, s_q: features of pastiche and painting at a position, less their mean over the
positions, divided by their length. b_q: what a painting's place costs, the dual
potential of an entropic optimal transport between the pastiche's positions and the
painting's, so that all of the painting is used about equally: without it a few flat
patches are the nearest of everything, and skies become walls. No gradient goes through
the choice, which is renewed every few steps. Knows feature maps and masks, no network.

Sources: Kolkin et al. 2022 (NNST: nearest features, centred cosine), Li and Wand 2016
(patches of feature maps), Cuturi 2013 (the transport). Departures: beside the style
loss, not in its place; at two layers; of random positions; balanced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.losses.sampling import CountsAs

#: Positions of a painting and its mirror image that may be chosen, at one layer.
MOST_WANTED = 4096
#: Positions of the pastiche that choose at a time.
_MOST_FOUND = 2048
_RENEW_STEPS = 8
#: A multiple of `_RENEW_STEPS`.
_BALANCE_STEPS = 24
_ENTROPY = 0.05
_ROUNDS = 12
#: Positions that stand for all of the pastiche's in the transport.
_MOST_BALANCED = 768
#: A shorter centred feature, against the painting's mean length, has no direction.
_LEAST_LENGTH = 0.05
#: Rows whose products with all wanted ones are in memory together.
_CHUNK = 1024


@dataclass(frozen=True)
class StrokeTarget:
    """The places of one region's paintings at one layer.

    Attributes:
        rows: (Q, C), centred features of length 1.
        masses: (Q,), the part of the region that each is meant for; their sum is 1.
        length: (), mean length of the centred features.
    """

    rows: Tensor
    masses: Tensor
    length: Tensor

    @classmethod
    def mixed(cls, paintings: Sequence[tuple[Tensor, float]]) -> "StrokeTarget":
        """Return the places of all paintings, from features (Q, C) and parts."""
        mean = torch.stack([part * rows.mean(dim=0) for rows, part in paintings]).sum(0)
        centred = torch.cat([rows for rows, _ in paintings]) - mean
        lengths = centred.norm(dim=1, keepdim=True)
        masses = [rows.new_full((len(rows),), p / len(rows)) for rows, p in paintings]
        return cls(
            centred / lengths.clamp_min(torch.finfo(lengths.dtype).tiny),
            torch.cat(masses),
            lengths.mean(),
        )

    def tensors(self) -> list[Tensor]:
        """Return all that it holds."""
        return [self.rows, self.masses, self.length]


class StrokeTerm:
    """The term at one layer, for all pictures of a batch.

    Args:
        layer: its name.
        targets: by region, of each picture.
        weights: of the regions.
        eligible: by region, (P,) on the CPU: the flat positions that belong to it.
        seed: of the choice of positions.
        is_rough: choose by products in bfloat16.
    """

    counts_as = CountsAs.STROKES

    def __init__(
        self,
        layer: str,
        targets: Sequence[Sequence[StrokeTarget]],
        weights: Sequence[float],
        eligible: Sequence[Tensor],
        *,
        seed: int,
        is_rough: bool,
    ) -> None:
        self._layer = layer
        self._targets = targets
        self._weights = weights
        self._eligible = eligible
        self._seed = seed
        self._dtype = torch.bfloat16 if is_rough else torch.float32
        most = _MOST_FOUND // len(targets)
        counts = [min(len(each), most) for each in eligible]
        device = targets[0][0].rows.device
        # Filled in place: what was recorded as a CUDA graph goes on reading them.
        self._positions = [torch.zeros(n, dtype=torch.long) for n in counts]
        self._positions = [each.to(device) for each in self._positions]
        self._matches = [
            torch.zeros(len(pictures), n, dtype=torch.long, device=device)
            for pictures, n in zip(targets, counts, strict=True)
        ]
        self._prices = [
            [torch.zeros_like(each.masses) for each in pictures] for pictures in targets
        ]
        self.is_renewing = False
        self._is_balancing = False
        self._has_chosen = False

    def begin(self, step: int) -> None:
        """Prepare for this step of the rung, from 0: every few choose anew."""
        self.is_renewing = step % _RENEW_STEPS == 0 or not self._has_chosen
        self._is_balancing = step % _BALANCE_STEPS == 0 or not self._has_chosen
        if not self.is_renewing:
            return
        random = torch.Generator().manual_seed(self._seed + step)
        for positions, eligible in zip(self._positions, self._eligible, strict=True):
            order = torch.randperm(len(eligible), generator=random)
            positions.copy_(eligible[order[: len(positions)]])

    def positions(self) -> dict[str, Tensor]:
        """Return the chosen positions, (P,), of the layer."""
        return {self._layer: torch.cat(self._positions)}

    def distance(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted mean distance, (N,), of (N, P, C) to what they chose."""
        found_rows = rows[self._layer]
        counts = [len(each) for each in self._positions]
        distance = found_rows.new_zeros(len(found_rows))
        for region, found in enumerate(torch.split(found_rows, counts, dim=1)):
            if not found.shape[1]:
                continue
            directions = self._directions(region, found)
            if self.is_renewing:
                self._choose(region, directions.detach())
            pairs = zip(self._targets[region], self._matches[region], strict=True)
            wanted = torch.stack([target.rows[match] for target, match in pairs])
            likeness = (directions * wanted).sum(dim=2).mean(dim=1)
            distance = distance + self._weights[region] * (1 - likeness)
        return distance

    def _directions(self, region: int, found: Tensor) -> Tensor:
        """Return centred features of length 1, or less where they have no direction."""
        centred = found - found.mean(dim=1, keepdim=True)
        lengths = torch.linalg.vector_norm(centred, dim=2, keepdim=True)
        usual = torch.stack([each.length for each in self._targets[region]])
        return centred / torch.maximum(lengths, _LEAST_LENGTH * usual[:, None, None])

    @torch.no_grad()
    def _choose(self, region: int, directions: Tensor) -> None:
        for index, target in enumerate(self._targets[region]):
            found = directions[index]
            if self._is_balancing:
                self._prices[region][index] = prices(found, target)
            price = self._prices[region][index]
            chosen = nearest(found, target.rows, price, self._dtype)
            self._matches[region][index].copy_(chosen)
        self._has_chosen = True

    def state(self) -> dict[str, Tensor]:
        """Return what the steps until the next choice depend on."""
        state = {}
        for region, positions in enumerate(self._positions):
            state[f"{region}.positions"] = positions
            state[f"{region}.matches"] = self._matches[region]
            for index, price in enumerate(self._prices[region]):
                state[f"{region}.{index}.prices"] = price
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            KeyError: something is missing.
            RuntimeError: it is of other positions.
        """
        for region, positions in enumerate(self._positions):
            positions.copy_(state[f"{region}.positions"])
            self._matches[region].copy_(state[f"{region}.matches"])
            for index, price in enumerate(self._prices[region]):
                price.copy_(state[f"{region}.{index}.prices"])
        self._has_chosen = True


def prices(found: Tensor, target: StrokeTarget) -> Tensor:
    """Return b_q, (Q,): the dearer, the more positions would choose that place.

    Args:
        found: (P, C), directions in random order; some of the first are asked.
        target: the places.

    Source: Cuturi 2013, algorithm 1; b is minus the entropy times the logarithm of the
    scaling on the painting's side.
    """
    found = found[:_MOST_BALANCED]
    kernel = ((found @ target.rows.T - 1) / _ENTROPY).exp()  # (P, Q)
    tiny = torch.finfo(kernel.dtype).tiny
    scaling = torch.ones_like(target.masses)
    for _ in range(_ROUNDS):
        other = 1 / (len(found) * (kernel @ scaling)).clamp_min(tiny)
        scaling = target.masses / (kernel.T @ other).clamp_min(tiny)
    return -_ENTROPY * scaling.log()


def nearest(found: Tensor, wanted: Tensor, price: Tensor, dtype: torch.dtype) -> Tensor:
    """Return, (P,), which of (Q, C) each of (P, C) is most like for its price."""
    columns = wanted.to(dtype).T
    return torch.cat(
        [
            ((rows.to(dtype) @ columns).float() - price).argmax(dim=1)
            for rows in torch.split(found, _CHUNK)
        ]
    )
