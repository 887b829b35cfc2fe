"""Builds what a job minimizes at one rung, and remembers the statistics of styles.

Knows pictures and the network; no optimizer and no state.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.contract.painting.ladder import Rung
from worker.engine.features.extractor import FeatureExtractor
from worker.engine.images import fingerprint, framed, to_plane, to_tensor
from worker.engine.losses.distances import StyleTarget
from worker.engine.losses.objective import Objective
from worker.engine.losses.pixel_goal import PixelGoal
from worker.engine.losses.statistics import Moments
from worker.engine.losses.strokes import MOST_WANTED
from worker.engine.losses.target_builder import StyleTargets, TargetBuilder
from worker.engine.machine.memory_plan import MemoryPlan, feature_pass_tile_px
from worker.engine.options import StylizeOptions
from worker.engine.painting.job import ContentAndStyles, Job, loss_weights, style_size
from worker.engine.painting.style_cache import StyleCache
from worker.engine.styles import Region, regions, without_kept

#: What is kept gets this part of its style at least: a region needs statistics.
_LEAST_STYLE = 0.02


def regions_at(
    inputs: ContentAndStyles, rung: Rung, options: StylizeOptions
) -> tuple[Region, ...]:
    """Return the regions of a picture at a rung, framed."""
    found = regions(inputs.styles, rung.width_px, rung.height_px)
    kept = kept_at(inputs, rung)
    if kept is None:
        return found
    return without_kept(found, kept * min(options.keep_strength, 1 - _LEAST_STYLE))


def kept_at(inputs: ContentAndStyles, rung: Rung) -> Tensor | None:
    """Return where the photograph is kept, (1, 1, H, W), framed; None for nowhere."""
    if inputs.keep_mask is None:
        return None
    return framed(to_plane(inputs.keep_mask, rung.width_px, rung.height_px))


@dataclass(frozen=True)
class ObjectiveBuilder:
    """Builds the objective of a job's pictures at one rung.

    Attributes:
        job: what is to be painted.
        rung: at which size.
        network: the feature extractor.
        cache: what is remembered of styles.
        plan: pictures are read tile by tile if steps are taken so.
    """

    job: Job
    rung: Rung
    network: FeatureExtractor
    cache: StyleCache
    plan: MemoryPlan

    def build(self, options: StylizeOptions) -> Objective:
        """Return the objective of all the job's pictures together.

        Args:
            options: the job's, as they are now.
        """
        job, size = self.job, (self.rung.width_px, self.rung.height_px)
        contents = torch.cat(
            [framed(to_tensor(each.palette.content_image, *size)) for each in job.batch]
        ).to(self.network.device)
        found = [self._regions(each) for each in job.batch]
        targets = [
            [self._targets(inputs, region) for region in its_regions]
            for inputs, its_regions in zip(job.batch, found, strict=True)
        ]
        goals = self._builder(self.plan.tile_px).goals(
            contents,
            found[0],
            [side_by_side(of_region) for of_region in zip(*targets, strict=True)],
            self._kept(),
        )
        return Objective(
            goals,
            loss_weights(options, job.hyperparameters, self.rung, job.rungs),
            job.options.style_loss,
            job.hyperparameters.gram_weight,
            (*self._photograph(contents, found[0]), *self._held()),
        )

    def _photograph(
        self, contents: Tensor, found: Sequence[Region]
    ) -> Iterator[PixelGoal]:
        """Yield what to keep where the masks leave the photograph alone."""
        masks = [each.shares for each in found if each.shares is not None]
        if not masks or not any(style.mask for style in self.job.batch[0].styles):
            return
        left = (1 - torch.stack(masks).sum(dim=0)).clamp_min(0)
        yield PixelGoal(contents, left, self.job.hyperparameters.photograph_weight)

    def _held(self) -> Iterator[PixelGoal]:
        """Yield the paint that the picture is held to."""
        held, size = self.job.batch[0].held, (self.rung.width_px, self.rung.height_px)
        if held is not None:
            image = framed(to_tensor(held.image, *size)).to(self.network.device)
            shares = framed(to_plane(held.shares, *size)).to(self.network.device)
            yield PixelGoal(image, shares, held.weight)

    def _kept(self) -> Tensor | None:
        kept = kept_at(self.job.batch[0], self.rung)
        return None if kept is None else kept.to(self.network.device)

    def _builder(self, tile_px: int | None) -> TargetBuilder:
        return TargetBuilder(
            network=self.network,
            hyperparameters=self.job.hyperparameters,
            options=self.job.options,
            check_interruption=self.job.check_interruption,
            tile_px=tile_px,
        )

    def _regions(self, inputs: ContentAndStyles) -> list[Region]:
        """Return the picture's regions on the network's device."""
        return [
            each
            if each.shares is None
            else replace(each, shares=each.shares.to(self.network.device))
            for each in regions_at(inputs, self.rung, self.job.options)
        ]

    def _targets(self, inputs: ContentAndStyles, region: Region) -> StyleTargets:
        """Return a region's targets, remembered if they were met before."""
        is_mixed = len(region.members) > 1

        def compute() -> StyleTargets:
            moments_of = self._mixed_moments if is_mixed else self._style_moments
            mixture = [
                (moments_of(inputs, index), part) for index, part in region.members
            ]
            most = MOST_WANTED // len(mixture)
            rows = [
                self._style_rows(inputs, index, most) for index, _ in region.members
            ]
            return self._builder(None).style_targets(mixture, rows)

        paintings = tuple(
            (*self._painting_key(inputs, index), part) for index, part in region.members
        )
        return self.cache.get((paintings, *self._made_with()), compute)

    def _made_with(self) -> tuple[Hashable, ...]:
        """Return what statistics depend on besides their paintings."""
        hyperparameters = self.job.hyperparameters
        layers = (
            hyperparameters.layers,
            tuple(hyperparameters.style_layers),
            bool(hyperparameters.stroke_weight)
            and tuple(hyperparameters.stroke_layers),
            bool(hyperparameters.matching_weight)
            and tuple(hyperparameters.matched_layers),
        )
        options = self.job.options
        return layers, options.style_loss, options.guidance, self.network.key

    def _painting_key(
        self, inputs: ContentAndStyles, index: int
    ) -> tuple[Hashable, ...]:
        """Return all that a painting's statistics depend on."""
        mask = inputs.styles[index].image_mask
        size = self._style_size(inputs, index)
        return (
            fingerprint(inputs.palette.style_images[index]),
            None if mask is None else fingerprint(mask),
            size,
            # Tiles round otherwise: what one job read so is not another's to use.
            self._style_tile_px(size),
        )

    def _style_size(self, inputs: ContentAndStyles, index: int) -> tuple[int, int]:
        style_image = inputs.palette.style_images[index]
        return style_size(style_image, self.rung, self.job.options.style_scale)

    def _style_tile_px(self, size: tuple[int, int]) -> int | None:
        pixels = size[0] * size[1]
        return self.plan.tile_px or feature_pass_tile_px(pixels, self.job.free_bytes)

    def _style_moments(
        self, inputs: ContentAndStyles, index: int
    ) -> dict[str, Moments]:
        builder = self._builder(self._style_tile_px(self._style_size(inputs, index)))
        return builder.style_moments(*self._style_picture(inputs, index))

    def _mixed_moments(
        self, inputs: ContentAndStyles, index: int
    ) -> dict[str, Moments]:
        """Return the same, remembered: the parts of a mixture may change."""

        def compute() -> StyleTargets:
            found = self._style_moments(inputs, index)
            return {layer: StyleTarget(each, None) for layer, each in found.items()}

        key = ("moments", self._painting_key(inputs, index), *self._made_with())
        found = self.cache.get(key, compute)
        return {layer: each.moments for layer, each in found.items()}

    def _style_rows(
        self, inputs: ContentAndStyles, index: int, most: int
    ) -> dict[str, Tensor]:
        numbers = self.job.hyperparameters
        if not (numbers.stroke_weight or numbers.matching_weight):
            return {}
        builder = self._builder(self._style_tile_px(self._style_size(inputs, index)))
        return builder.style_rows(*self._style_picture(inputs, index), most)

    def _style_picture(
        self, inputs: ContentAndStyles, index: int
    ) -> tuple[Tensor, Tensor | None]:
        """Return a painting at this rung, (1, 3, H, W), and its mask."""
        size = self._style_size(inputs, index)
        style_image = to_tensor(inputs.palette.style_images[index], *size)
        mask = inputs.styles[index].image_mask
        shares: Tensor | None = None
        if mask is not None:
            shares = to_plane(mask, *size).to(self.network.device)
            if not bool(shares.any()):
                raise ValueError("a painting's mask is black: nothing of it counts")
        return style_image.to(self.network.device), shares


def side_by_side(targets: Sequence[StyleTargets]) -> StyleTargets:
    """Return the targets of several pictures as one batch."""
    if len(targets) == 1:
        return targets[0]
    joined = {}
    for layer, first in targets[0].items():
        moments = [each[layer].moments for each in targets]
        roots = [each[layer].root for each in targets]
        joined[layer] = StyleTarget(
            Moments(
                torch.cat([each.mean for each in moments]),
                torch.cat([each.second for each in moments]),
            ),
            None
            if first.root is None
            else torch.cat([r for r in roots if r is not None]),
            tuple(stroke for each in targets for stroke in each[layer].strokes),
        )
    return joined
