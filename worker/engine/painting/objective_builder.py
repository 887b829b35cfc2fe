"""What a job wants at one rung: looks at its pictures, remembers what styles showed.

Knows pictures and the network; no walk and no state.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from worker.engine.features.backbones.vgg import Vgg
from worker.engine.images import fingerprint, framed, to_plane, to_tensor
from worker.engine.losses.distances import StyleTarget
from worker.engine.losses.objective import Objective
from worker.engine.losses.statistics import Moments
from worker.engine.losses.target_builder import GoalMaker, StyleTargets
from worker.engine.machine.memory_plan import Effort, survey_tile_px
from worker.engine.options import StylizeOptions
from worker.engine.painting.job import Job, Subject, loss_weights, style_size
from worker.engine.painting.scales import Rung
from worker.engine.painting.style_cache import StyleCache
from worker.engine.styles import Region, regions


def regions_at(subject: Subject, rung: Rung) -> tuple[Region, ...]:
    """Return the regions of a subject's picture at a rung, framed."""
    return regions(subject.styles, rung.width_px, rung.height_px)


@dataclass(frozen=True)
class RungLook:
    """Looks at a job's pictures at one rung.

    Attributes:
        job: what is to be painted.
        rung: at which size.
        network: the eye.
        cache: what is remembered of styles.
        effort: looks tile by tile if steps are taken so.
    """

    job: Job
    rung: Rung
    network: Vgg
    cache: StyleCache
    effort: Effort

    def objective(self, options: StylizeOptions) -> Objective:
        """Return the objective of all the job's subjects together.

        Args:
            options: the job's, as they are now.
        """
        job, rung = self.job, self.rung
        contents = [
            framed(to_tensor(each.palette.content_image, rung.width_px, rung.height_px))
            for each in job.subjects
        ]
        found = [self._regions(each) for each in job.subjects]
        targets = [
            [self._targets(subject, region) for region in its_regions]
            for subject, its_regions in zip(job.subjects, found, strict=True)
        ]
        goals = self._maker(self.effort.tile_px).goals(
            torch.cat(contents).to(self.network.device),
            found[0],
            [side_by_side(of_region) for of_region in zip(*targets, strict=True)],
        )
        return Objective(
            goals,
            loss_weights(options, job.recipe, rung, job.rungs),
            job.options.style_loss,
            job.recipe.gram_weight,
        )

    def _maker(self, tile_px: int | None) -> GoalMaker:
        return GoalMaker(
            network=self.network,
            recipe=self.job.recipe,
            style_loss=self.job.options.style_loss,
            checkpoint=self.job.checkpoint,
            tile_px=tile_px,
        )

    def _regions(self, subject: Subject) -> list[Region]:
        """Return the subject's regions on the network's device."""
        return [
            each
            if each.shares is None
            else replace(each, shares=each.shares.to(self.network.device))
            for each in regions_at(subject, self.rung)
        ]

    def _targets(self, subject: Subject, region: Region) -> StyleTargets:
        """Return a region's targets, remembered if they were met before."""

        def compute() -> StyleTargets:
            mixture = [
                (self._style_moments(subject, index), part)
                for index, part in region.members
            ]
            return self._maker(None).style_targets(mixture)

        paintings = tuple(
            (*self._painting_key(subject, index), part)
            for index, part in region.members
        )
        recipe = self.job.recipe
        layers = (recipe.layers, tuple(recipe.style_layers))
        key = (paintings, layers, self.job.options.style_loss, self.network.key)
        return self.cache.get(key, compute)

    def _painting_key(self, subject: Subject, index: int) -> tuple[Hashable, ...]:
        """Return all that a painting's statistics depend on."""
        mask = subject.styles[index].image_mask
        size = self._style_size(subject, index)
        return (
            fingerprint(subject.palette.style_images[index]),
            None if mask is None else fingerprint(mask),
            size,
            # Tiles round otherwise: what one job looked at so is not another's to use.
            self._style_tile_px(size),
        )

    def _style_size(self, subject: Subject, index: int) -> tuple[int, int]:
        style_image = subject.palette.style_images[index]
        return style_size(style_image, self.rung, self.job.options.style_scale)

    def _style_tile_px(self, size: tuple[int, int]) -> int | None:
        pixels = size[0] * size[1]
        return self.effort.tile_px or survey_tile_px(pixels, self.job.free_bytes)

    def _style_moments(self, subject: Subject, index: int) -> dict[str, Moments]:
        size = self._style_size(subject, index)
        style_image = to_tensor(subject.palette.style_images[index], *size)
        mask = subject.styles[index].image_mask
        shares: Tensor | None = None
        if mask is not None:
            shares = to_plane(mask, *size).to(self.network.device)
            if not bool(shares.any()):
                raise ValueError("a painting's mask is black: nothing of it counts")
        maker = self._maker(self._style_tile_px(size))
        return maker.style_moments(style_image.to(self.network.device), shares)


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
        )
    return joined
