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

from worker.engine.losses.choice import StrokeTarget, nearest, prices
from worker.engine.losses.sampling import CountsAs

#: Positions of a painting and its mirror image that may be chosen, at one layer.
MOST_WANTED = 4096
#: Positions of the pastiche that choose at a time.
_MOST_FOUND = 2048
_RENEW_STEPS = 8
#: A multiple of `_RENEW_STEPS`.
_BALANCE_STEPS = 24
#: A shorter centred feature, against the painting's mean length, has no direction.
_LEAST_LENGTH = 0.05


@dataclass(frozen=True)
class Kinds:
    """Who is of which kind, in one picture and its painting (`losses.kinds`).

    Attributes:
        found: (H*W, K), of the photograph's positions.
        wanted: (Q, K), of the painting's places.
    """

    found: Tensor
    wanted: Tensor


@dataclass(frozen=True, kw_only=True)
class MatchedRegion:
    """What positions of one region choose from.

    Attributes:
        targets: of each picture.
        weight: of the region.
        eligible: (P,) on the CPU: the flat positions that belong to it.
        kinds: of each picture, so that like chooses like; none if all may.
    """

    targets: Sequence[StrokeTarget]
    weight: float
    eligible: Tensor
    kinds: Sequence[Kinds] = ()


class StrokeTerm:
    """The term at one layer, or at hypercolumns, for all pictures of a batch.

    Args:
        layers: by name, the share of each, and where its features of the positions are:
            (H*W,), None where they are at the positions themselves.
        regions: that choose.
        counts_as: which weight it has.
        seed: of the choice of positions.
        is_rough: choose by products in bfloat16.
        is_mutual: the painting's places choose, too, and the dearer of the two counts
            (Kolkin et al. 2019, eqs. 5 and 6: the relaxed earth mover's distance); in
            place of prices.
    """

    def __init__(
        self,
        layers: Mapping[str, tuple[float, Tensor | None]],
        regions: Sequence[MatchedRegion],
        *,
        seed: int,
        is_rough: bool,
        counts_as: CountsAs = CountsAs.STROKES,
        is_mutual: bool = False,
    ) -> None:
        self.counts_as = counts_as
        self._layers = layers
        self._regions = regions
        self._seed = seed
        self._is_mutual = is_mutual
        self._dtype = torch.bfloat16 if is_rough else torch.float32
        most = _MOST_FOUND // len(regions)
        counts = [min(len(each.eligible), most) for each in regions]
        device = regions[0].targets[0].rows.device
        # Filled in place: what was recorded as a CUDA graph goes on reading them.
        self._positions = [torch.zeros(n, dtype=torch.long) for n in counts]
        self._positions = [each.to(device) for each in self._positions]
        self._matches = [
            torch.zeros(len(region.targets), n, dtype=torch.long, device=device)
            for region, n in zip(regions, counts, strict=True)
        ]
        self._prices = [
            [torch.zeros_like(each.masses) for each in region.targets]
            for region in regions
        ]
        #: Which position each of the painting's places chose, where they choose.
        self._takers = [
            [torch.zeros_like(each.masses, dtype=torch.long) for each in region.targets]
            for region in regions
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
        for positions, region in zip(self._positions, self._regions, strict=True):
            order = torch.randperm(len(region.eligible), generator=random)
            positions.copy_(region.eligible[order[: len(positions)]])

    def positions(self) -> dict[str, Tensor]:
        """Return the chosen positions, (P,), of each layer."""
        chosen = torch.cat(self._positions)
        return {
            layer: chosen if places is None else places[chosen]
            for layer, (_, places) in self._layers.items()
        }

    def distance(self, rows: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted mean distance, (N,), of (N, P, C) to what they chose."""
        counts = [len(each) for each in self._positions]
        parts = [torch.split(rows[layer], counts, dim=1) for layer in self._layers]
        distance = parts[0][0].new_zeros(len(parts[0][0]))
        for index, region in enumerate(self._regions):
            if not counts[index]:
                continue
            found = self._directions(region, [each[index] for each in parts])
            if self.is_renewing:
                self._choose(index, found.detach())
            distance = distance + region.weight * self._chosen_distance(index, found)
        return distance

    def _chosen_distance(self, index: int, found: Tensor) -> Tensor:
        """Return the mean distance, (N,), of (N, P, C) to what was chosen."""
        targets = self._regions[index].targets
        pairs = zip(targets, self._matches[index], strict=True)
        wanted = torch.stack([target.rows[match] for target, match in pairs])
        distance = 1 - (found * wanted).sum(dim=2).mean(dim=1)
        if not self._is_mutual:
            return distance
        takers = zip(found, targets, self._takers[index], strict=True)
        back = [
            1 - (rows[taker] * target.rows).sum(dim=1) @ target.masses
            for rows, target, taker in takers
        ]
        return torch.maximum(distance, torch.stack(back))

    def _directions(self, region: MatchedRegion, found: Sequence[Tensor]) -> Tensor:
        """Return centred features of length 1, or less where they have no direction.

        Args:
            region: of the positions.
            found: (N, P, C), of each layer.
        """
        parts = []
        for number, (rows, (share, _)) in enumerate(
            zip(found, self._layers.values(), strict=True)
        ):
            centred = rows - rows.mean(dim=1, keepdim=True)
            lengths = torch.linalg.vector_norm(centred, dim=2, keepdim=True)
            usual = torch.stack([each.length[number] for each in region.targets])
            least = _LEAST_LENGTH * usual[:, None, None]
            parts.append(centred / torch.maximum(lengths, least) * share**0.5)
        return torch.cat(parts, dim=2)

    @torch.no_grad()
    def _choose(self, region: int, directions: Tensor) -> None:
        told = self._regions[region]
        for index, target in enumerate(told.targets):
            found, likes = directions[index], None
            if told.kinds:
                kinds = told.kinds[index]
                likes = kinds.found[self._positions[region]], kinds.wanted
            if self._is_balancing and not self._is_mutual:
                self._prices[region][index] = prices(found, target, likes)
            price = self._prices[region][index]
            chosen = nearest(found, target.rows, price, self._dtype, likes)
            self._matches[region][index].copy_(chosen)
            if self._is_mutual:
                likes = None if likes is None else likes[::-1]
                nothing = found.new_zeros(len(found))
                takers = nearest(target.rows, found, nothing, self._dtype, likes)
                self._takers[region][index].copy_(takers)
        self._has_chosen = True

    def _kept(self) -> dict[str, Tensor]:
        kept = {}
        for region, positions in enumerate(self._positions):
            kept[f"{region}.positions"] = positions
            kept[f"{region}.matches"] = self._matches[region]
            lists = {"prices": self._prices, "takers": self._takers}
            for name, values in lists.items():
                for index, each in enumerate(values[region]):
                    kept[f"{region}.{index}.{name}"] = each
        return kept

    def state(self) -> dict[str, Tensor]:
        """Return what the steps until the next choice depend on."""
        return self._kept()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            KeyError: something is missing.
            RuntimeError: it is of other positions.
        """
        for name, tensor in self._kept().items():
            tensor.copy_(state[name])
        self._has_chosen = True
