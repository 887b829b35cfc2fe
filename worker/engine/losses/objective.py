"""What one rung of the ladder minimizes: the weighted sum of three losses.

total = content + style + total variation. Each distance is divided by its layer's own
scale, so the default weights hold at every size and for every pair. Reading a layer
and judging what was read are apart, so that a picture may be read tile by tile.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from app.contract.painting.choices import StyleLoss
from worker.engine.losses.distances import (
    StyleTarget,
    content_distance,
    gram_distance,
    mean_std_distance,
    total_variation,
    wasserstein_distance,
)
from worker.engine.losses.pixel_goal import PixelGoal
from worker.engine.losses.readings import LayerReading, Readings
from worker.engine.losses.sampling import CountsAs, SampledTerm, rows_at, rows_of
from worker.engine.losses.statistics import FeatureSums, feature_sums
from worker.engine.machine.tiles import Tile


@dataclass(frozen=True)
class LossWeights:
    """The factors of the losses at one rung; strokes count as style."""

    content: float
    style: float
    total_variation: float
    strokes: float = 0.0


@dataclass(frozen=True)
class Losses:
    """Weighted losses of each picture, (N,); reading one waits for the device."""

    content: Tensor
    style: Tensor
    total_variation: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum, (N,)."""
        return self.content + self.style + self.total_variation

    def detach(self) -> "Losses":
        """Return the values alone, without the graph that made them."""
        return Losses(
            content=self.content.detach(),
            style=self.style.detach(),
            total_variation=self.total_variation.detach(),
        )


@dataclass(frozen=True, kw_only=True)
class RegionGoal:
    """What one part of the picture shall look like at one layer.

    Attributes:
        target: the style's statistics.
        shares: (1, 1, h, w), how much of each position belongs to the region; None if
            the region is all of the picture.
        mass: the sum of the shares, or the number of positions.
        weight: of the region among the layer's regions; they add up to 1.
        scale: (N,), what the distance is divided by (`losses.own_scale`).
    """

    target: StyleTarget
    shares: Tensor | None
    mass: float
    weight: float
    scale: Tensor


@dataclass(frozen=True, kw_only=True)
class LayerGoal:
    """What is wanted of one layer.

    Attributes:
        stride: pixels between two positions.
        style_share: of the layer in the style loss, 0 if it has no part in it.
        content_share: likewise in the content loss.
        content_weights: (1, 1, h, w), how much the content counts at each position;
            everywhere alike if None.
        regions: at least one where there is a style share.
        content_scale: (N,), what the content distance is divided by.
        content_maps: (N, C, h, w), where there is a content share.
        terms: what else is asked of this layer, or of this and shallower ones.
        map_width: of its maps.
    """

    stride: int
    style_share: float
    content_share: float
    content_scale: Tensor
    regions: tuple[RegionGoal, ...] = ()
    content_maps: Tensor | None = None
    content_weights: Tensor | None = None
    terms: tuple[SampledTerm, ...] = ()
    map_width: int = 0


@dataclass
class Objective:
    """The losses of a pastiche at one size.

    Attributes:
        goals: by layer.
        weights: of the three losses; may be changed between two steps.
        style_loss: the distance between style statistics.
        gram_weight: of the style loss if it is the Gram distance.
        pixel_goals: colours that are known; as content, they count with the style.
    """

    goals: Mapping[str, LayerGoal]
    weights: LossWeights
    style_loss: StyleLoss
    gram_weight: float = 1.0
    pixel_goals: tuple[PixelGoal, ...] = ()

    @property
    def _terms(self) -> dict[str, SampledTerm]:
        """By a name that is in states, too."""
        return {
            f"terms.{layer}.{number}": term
            for layer, goal in self.goals.items()
            for number, term in enumerate(goal.terms)
        }

    @property
    def is_renewing(self) -> bool:
        """Whether this step's losses choose anew, and wait for the device."""
        return any(each.is_renewing for each in self._terms.values())

    def begin(self, step: int) -> None:
        """Prepare for this step of the rung, from 0."""
        for each in self._terms.values():
            each.begin(step)

    def state(self) -> dict[str, Tensor]:
        """Return what the losses depend on besides goals, weights and the picture."""
        return {
            f"{name}.{part}": tensor
            for name, term in self._terms.items()
            for part, tensor in term.state().items()
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave; raises as `SampledTerm.restore`."""
        for name, term in self._terms.items():
            own = f"{name}."
            term.restore(
                {k.removeprefix(own): v for k, v in state.items() if k.startswith(own)}
            )

    def read(self, layer: str, maps: Tensor, tile: Tile | None = None) -> LayerReading:
        """Keep of a layer's feature maps what the losses need.

        Args:
            layer: its name.
            maps: (N, C, h, w), of the picture or of a tile's window.
            tile: None for the whole picture.
        """
        goal = self.goals[layer]
        if tile is not None:
            maps = tile.own(maps, goal.stride)

        def part(whole: Tensor) -> Tensor:
            return whole if tile is None else tile.part(whole, goal.stride)

        sums = tuple(
            feature_sums(maps, None if each.shares is None else part(each.shares))
            for each in goal.regions
        )
        difference = None
        if goal.content_maps is not None:
            weights = goal.content_weights
            difference = content_distance(
                maps,
                part(goal.content_maps),
                None if weights is None else part(weights),
            )
        is_few = (
            tile is None
            and len(goal.regions) == 1
            and goal.regions[0].shares is None
            and maps.shape[2:].numel() < maps.shape[1]
        )
        rows = {}
        for name, term in self._terms.items():
            positions = term.positions().get(layer)
            if positions is not None and tile is None:
                rows[name] = rows_of(maps, positions)
            elif positions is not None and tile is not None:
                width, stride = goal.map_width, goal.stride
                rows[name] = rows_at(maps, positions, width, tile, stride)
        return LayerReading(sums, difference, maps if is_few else None, rows)

    def losses(self, pastiche: Tensor, readings: Readings) -> Losses:
        """Return the weighted losses, differentiable.

        Args:
            pastiche: (N, 3, H, W).
            readings: of all of it, by layer.
        """
        content = style = pastiche.new_zeros(pastiche.shape[0])
        for layer, goal in self.goals.items():
            reading = readings[layer]
            if goal.content_maps is not None and reading.difference is not None:
                mean = reading.difference / goal.content_maps[0].numel()
                content = content + goal.content_share * mean / goal.content_scale
            for region, sums in zip(goal.regions, reading.sums, strict=True):
                distance = self._style_distance(region, sums, reading.few_maps)
                style = style + goal.style_share * region.weight * distance
        found = self._sampled(torch.zeros_like(content), readings)
        content = content + found[CountsAs.CONTENT]
        style = style + found[CountsAs.STYLE]
        strokes = found[CountsAs.STROKES]
        content = self.weights.content * content
        for known in self.pixel_goals:
            content = content + self.weights.style * known.distance(pastiche)
        return Losses(
            content=content,
            style=self.weights.style * style + self.weights.strokes * strokes,
            total_variation=self.weights.total_variation * total_variation(pastiche),
        )

    def _sampled(self, nothing: Tensor, readings: Readings) -> dict[CountsAs, Tensor]:
        """Return the sums of the terms, (N,), by what they count as."""
        found = dict.fromkeys(CountsAs, nothing)
        for name, term in self._terms.items():
            rows = {
                layer: reading.rows[name]
                for layer, reading in readings.items()
                if name in reading.rows
            }
            found[term.counts_as] = found[term.counts_as] + term.distance(rows)
        return found

    def _style_distance(
        self, region: RegionGoal, sums: FeatureSums, few_maps: Tensor | None
    ) -> Tensor:
        found = sums.over(region.mass)
        if self.style_loss is StyleLoss.GRAM:
            return self.gram_weight * gram_distance(found, region.target)
        if self.style_loss is StyleLoss.MEAN_STD:
            return mean_std_distance(found, region.target) / region.scale
        return wasserstein_distance(found, region.target, few_maps) / region.scale
