"""From pictures to goals: what each layer of a pastiche shall show at one size.

Knows the network and the losses' targets, no optimizer and no ladder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.contract.painting.choices import ContentLoss, Guidance, Precision, StyleLoss
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters, share_of
from worker.engine.losses.choice import StrokeTarget
from worker.engine.losses.distances import StyleTarget, covariance_root, own_scale
from worker.engine.losses.feature_pass import (
    FeaturePass,
    averaged,
    feature_pass,
    positions_of,
    shares_at,
)
from worker.engine.losses.matching import (
    AROUND,
    guide_of,
    matched_together,
    matching_term,
    mirrored_rows,
    rows_of_all,
)
from worker.engine.losses.objective import LayerGoal, RegionGoal
from worker.engine.losses.sampling import SampledTerm
from worker.engine.losses.self_similarity import SelfSimilarityTerm
from worker.engine.losses.statistics import Moments
from worker.engine.losses.strokes import MatchedRegion, StrokeTerm
from worker.engine.options import StylizeOptions
from worker.engine.styles import Region

StyleTargets = Mapping[str, StyleTarget]


@dataclass(frozen=True, kw_only=True)
class TargetBuilder:
    """Makes targets from pictures with one network and one set of weights.

    Attributes:
        network: the feature extractor.
        hyperparameters: layers and their weights.
        options: the job's.
        check_interruption: called now and then; may raise.
        tile_px: read pictures tile by tile, for less memory.
    """

    network: FeatureExtractor
    hyperparameters: Hyperparameters
    options: StylizeOptions
    check_interruption: InterruptionCheck
    tile_px: int | None = None

    @property
    def _is_guided(self) -> bool:
        return self.options.guidance is Guidance.AUTO

    @property
    def _keeps_features(self) -> bool:
        return self.options.content_loss is ContentLoss.FEATURES

    def style_moments(
        self, style_image: Tensor, image_mask: Tensor | None
    ) -> dict[str, Moments]:
        """Return the statistics of a painting, (1, 3, H, W), at all layers read."""
        shares = {
            layer: (
                None
                if image_mask is None
                else shares_at(image_mask, self.network.stride(layer)),
            )
            for layer in self.hyperparameters.layers
        }
        found = self._feature_pass(style_image, shares)
        return {layer: each.moments[0] for layer, each in found.items()}

    def style_rows(
        self, style_image: Tensor, image_mask: Tensor | None, most: int
    ) -> dict[str, Tensor]:
        """Return features of a painting and its mirror image where strokes are chosen.

        Args:
            style_image: (1, 3, H, W).
            image_mask: (1, 1, H, W), where the painting counts.
            most: positions of each layer, chosen at random, always the same.

        Returns:
            (Q, C) by layer.
        """
        return mirrored_rows(
            self.network,
            style_image,
            image_mask,
            matched_together(self.hyperparameters),
            most,
            self.check_interruption,
            self.tile_px,
            guide_of(self.hyperparameters) if self._is_guided else None,
        )

    def style_targets(
        self,
        mixture: Sequence[tuple[Mapping[str, Moments], float]],
        rows: Sequence[Mapping[str, Tensor]] = (),
    ) -> dict[str, StyleTarget]:
        """Return the targets of a mixture of paintings, whose parts add up to 1.

        The positions of all of them together have these moments.

        Args:
            mixture: moments and part of each painting.
            rows: of each, if strokes are asked for (`style_rows`).
        """
        targets = {}
        guide = guide_of(self.hyperparameters)
        for layer in self.hyperparameters.layers:
            mean = sum_of(part * found[layer].mean for found, part in mixture)
            second = sum_of(part * found[layer].second for found, part in mixture)
            mixed = Moments(mean, second)
            needs_root = (
                self.options.style_loss not in {StyleLoss.GRAM, StyleLoss.MEAN_STD}
                and layer in self.hyperparameters.style_layers
            )
            found = rows_of_all(layer, mixture, rows)
            around = rows_of_all(AROUND, mixture, rows) if layer == guide else []
            targets[layer] = StyleTarget(
                mixed,
                covariance_root(mixed.covariance) if needs_root else None,
                (StrokeTarget.mixed(found, around),) if found else (),
            )
        return targets

    def goals(
        self,
        content_image: Tensor,
        regions: Sequence[Region],
        targets: Sequence[StyleTargets],
        kept: Tensor | None = None,
    ) -> dict[str, LayerGoal]:
        """Return the goals by layer, from shallow to deep.

        Args:
            content_image: (N, 3, H, W).
            regions: of the pictures, of the same size.
            targets: of each region.
            kept: (1, 1, H, W) in [0, 1], how much of each pixel's photograph is kept.
        """
        shares = {
            layer: tuple(
                None
                if region.shares is None
                else shares_at(region.shares, self.network.stride(layer))
                for region in regions
            )
            for layer in self.hyperparameters.layers
        }
        read = self.hyperparameters.content_layers | (
            {} if kept is None else self.hyperparameters.keep_layers
        )
        if self._is_guided:
            read = read | {guide_of(self.hyperparameters): 1.0}
        found = self._feature_pass(content_image, shares, keep=tuple(read))
        goals = {
            layer: self._goal(
                layer, shares[layer], found[layer], regions, targets, kept
            )
            for layer in self.hyperparameters.layers
        }
        if self.hyperparameters.matching_weight:
            guide = guide_of(self.hyperparameters)
            made = (self.network, self.hyperparameters, self.options)
            term = matching_term(*made, shares, found, regions, targets)
            goals[guide] = replace(goals[guide], terms=(*goals[guide].terms, term))
        return goals

    def _goal(
        self,
        layer: str,
        shares: Sequence[Tensor | None],
        content: FeaturePass,
        regions: Sequence[Region],
        targets: Sequence[StyleTargets],
        kept: Tensor | None,
    ) -> LayerGoal:
        scales = [
            own_scale(moments, target[layer].moments)
            for moments, target in zip(content.moments, targets, strict=True)
        ]
        style_share = share_of(self.hyperparameters.style_layers, layer)
        parts = zip(shares, content.masses, regions, targets, scales, strict=True)
        content_share = 0.0
        if self._keeps_features:
            content_share = share_of(self.hyperparameters.content_layers, layer)
        weights = self._content_weights(layer, content_share, kept)
        return LayerGoal(
            stride=self.network.stride(layer),
            style_share=style_share,
            content_share=content_share if weights is None else 1.0,
            content_weights=weights,
            regions=tuple(
                RegionGoal(
                    target=target[layer],
                    shares=each,
                    mass=mass,
                    weight=region.weight,
                    scale=scale,
                )
                for each, mass, region, target, scale in parts
            )
            if style_share
            else (),
            terms=tuple(self._terms(layer, shares, content, regions, targets)),
            map_width=content.size[1],
            content_maps=content.maps if content_share or weights is not None else None,
            content_scale=_average(scales, content.masses),
        )

    def _content_weights(
        self, layer: str, content_share: float, kept: Tensor | None
    ) -> Tensor | None:
        """Return how much each position's content counts; None for all alike."""
        share = share_of(self.hyperparameters.keep_layers, layer)
        if kept is None or not share:
            return None
        more = self.hyperparameters.keep_weight * share
        return content_share + more * averaged(kept, self.network.stride(layer))

    def _terms(
        self,
        layer: str,
        shares: Sequence[Tensor | None],
        content: FeaturePass,
        regions: Sequence[Region],
        targets: Sequence[StyleTargets],
    ) -> Iterator[SampledTerm]:
        """Yield what else is asked of a layer."""
        share = share_of(self.hyperparameters.content_layers, layer)
        if content.maps is not None and share and not self._keeps_features:
            yield SelfSimilarityTerm(layer, content.maps, share, self.options.seed)
        share = share_of(self.hyperparameters.stroke_layers, layer)
        if share and self.hyperparameters.stroke_weight:
            yield StrokeTerm(
                {layer: (1.0, None)},
                [
                    MatchedRegion(
                        targets=target[layer].strokes,
                        weight=share * region.weight,
                        eligible=positions_of(each, content.size),
                    )
                    for region, target, each in zip(
                        regions, targets, shares, strict=True
                    )
                ],
                seed=self.options.seed,
                is_rough=self.network.precision is not Precision.FLOAT32,
            )

    def _feature_pass(
        self,
        image: Tensor,
        shares: Mapping[str, tuple[Tensor | None, ...]],
        keep: Sequence[str] = (),
    ) -> dict[str, FeaturePass]:
        return feature_pass(
            self.network,
            image,
            shares,
            self.check_interruption,
            keep=keep,
            tile_px=self.tile_px,
        )


def _average(scales: Sequence[Tensor], masses: Sequence[float]) -> Tensor:
    """Return the regions' scales, (N,), weighed by their size."""
    whole = sum(masses)
    return sum_of(
        scale * (mass / whole) for scale, mass in zip(scales, masses, strict=True)
    )


def sum_of(tensors: Iterable[Tensor]) -> Tensor:
    """Return the sum of at least one tensor."""
    return torch.stack(list(tensors)).sum(dim=0)
