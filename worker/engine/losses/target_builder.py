"""From pictures to goals: what each layer of a pastiche shall show at one size.

Knows the network and the losses' targets, no optimizer and no ladder.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.contract.kinds.image.choices import ContentLoss, Precision, StyleLoss
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.losses.distances import StyleTarget, covariance_root, own_scale
from worker.engine.losses.feature_pass import (
    FeaturePass,
    averaged,
    feature_pass,
    map_size,
    positions_of,
    read_rows,
    shares_at,
)
from worker.engine.losses.objective import LayerGoal, RegionGoal
from worker.engine.losses.sampling import SampledTerm
from worker.engine.losses.self_similarity import SelfSimilarityTerm
from worker.engine.losses.statistics import Moments
from worker.engine.losses.strokes import StrokeTarget, StrokeTerm
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
        both = torch.cat((style_image, style_image.flip(3)), dim=3)
        mask = None
        if image_mask is not None:
            mask = torch.cat((image_mask, image_mask.flip(3)), dim=3)
        random = torch.Generator().manual_seed(0)
        positions = {}
        for layer in self.hyperparameters.stroke_layers:
            stride = self.network.stride(layer)
            shares = None if mask is None else shares_at(mask, stride)
            found = positions_of(shares, map_size(both, stride))
            order = torch.randperm(len(found), generator=random)[:most]
            positions[layer] = found[order].to(style_image.device)
        return read_rows(
            self.network, both, positions, self.check_interruption, self.tile_px
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
        for layer in self.hyperparameters.layers:
            mean = sum_of(part * found[layer].mean for found, part in mixture)
            second = sum_of(part * found[layer].second for found, part in mixture)
            mixed = Moments(mean, second)
            needs_root = (
                self.options.style_loss is StyleLoss.WASSERSTEIN
                and layer in self.hyperparameters.style_layers
            )
            found = [
                (each[layer], part)
                for each, (_, part) in zip(rows, mixture, strict=False)
                if layer in each
            ]
            targets[layer] = StyleTarget(
                mixed,
                covariance_root(mixed.covariance) if needs_root else None,
                (StrokeTarget.mixed(found),) if found else (),
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
        found = self._feature_pass(content_image, shares, keep=tuple(read))
        return {
            layer: self._goal(
                layer, shares[layer], found[layer], regions, targets, kept
            )
            for layer in self.hyperparameters.layers
        }

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
        if all(target[layer].strokes for target in targets):
            share = share_of(self.hyperparameters.stroke_layers, layer)
            yield StrokeTerm(
                layer,
                [target[layer].strokes for target in targets],
                [share * region.weight for region in regions],
                [positions_of(each, content.size) for each in shares],
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


def share_of(weights: Mapping[str, float], layer: str) -> float:
    """Return a layer's part of all weights, 0 if it has none."""
    return weights.get(layer, 0.0) / sum(weights.values())


def sum_of(tensors: Iterable[Tensor]) -> Tensor:
    """Return the sum of at least one tensor."""
    return torch.stack(list(tensors)).sum(dim=0)
