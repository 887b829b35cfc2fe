"""Paints a cloud: each step a random view, its losses, and a step of all its points."""

import dataclasses
import math
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.ladder import Rung
from worker.cloudfile.cloud import Floats
from worker.engine.errors import NumericalDivergenceError
from worker.engine.features.extractor import FeatureExtractor
from worker.engine.images import framed, to_picture, unframed
from worker.engine.losses.objective import Losses, LossWeights
from worker.engine.options import StylizeOptions
from worker.engine.painting.gradients import differentiate
from worker.engine.painting.job import loss_weights
from worker.engine.painting.optimizers import ProjectedAdam
from worker.engine.painting.state import PaintingState
from worker.engine.pointcloud.backprojection import settled
from worker.engine.pointcloud.holes import filled
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.ladder import cloud_ladder, with_steps
from worker.engine.pointcloud.neighbours import Smoothness, with_hidden
from worker.engine.pointcloud.palette import (
    as_column,
    first_colors,
    from_column,
    hue_limits,
    mix_cloud_palette,
)
from worker.engine.pointcloud.report import Judge
from worker.engine.pointcloud.result import (
    PaintedCloud,
    finished,
    on_background,
    turntable,
)
from worker.engine.pointcloud.resuming import restored, state_of
from worker.engine.pointcloud.step import CloudLosses, CloudStep
from worker.engine.pointcloud.view_objectives import (
    ViewObjectives,
    at_scale,
    enlarged_gradient,
)
from worker.engine.pointcloud.views import Views, views_of

#: At a smoothness of 1, against the style loss.
_SMOOTHNESS_WEIGHT = 4.0
#: Above this side the network keeps little for the backward pass.
_RECOMPUTED_PX = 640


def paint_cloud(job: CloudJob, network: FeatureExtractor) -> Iterator[CloudStep]:
    """Yield every step; the last one has the result."""
    with closing(views_of(job.cloud, job.options, job.check, job.cameras)) as views:
        yield from _Painter(job, network, views).steps()


class _Painter:
    """One job in work."""

    def __init__(self, job: CloudJob, network: FeatureExtractor, views: Views) -> None:
        self._job, self._network, self._views = job, network, views
        self._options = job.options
        self._began_s = time.monotonic()
        cloud, options = job.cloud, job.options
        self._palette = mix_cloud_palette(cloud.colors, job.style_images, options.color)
        self._ladder = cloud_ladder(options.view_px, options.steps)
        self._objectives = ViewObjectives(
            network,
            job.hyperparameters,
            self._views,
            self._palette.colors,
            self._palette.style_images,
            job.weights,
            options.style_scale,
            job.check,
        )
        self._smoothness = Smoothness(cloud.centred)
        self._limits = hue_limits(self._palette, self._options)
        self._adam = ProjectedAdam(
            job.hyperparameters.learning_rate,
            job.hyperparameters.betas,
            job.hyperparameters.averaging,
        )
        self._column: Tensor
        self._rung, self._step = 0, 0
        self._begin()

    def steps(self) -> Iterator[CloudStep]:
        """Yield every step."""
        is_resting = self._job.resume_from is not None
        while True:
            self._job.check()
            self._take_changes()
            is_ended = is_resting and self._job.is_finishing()
            if is_ended or self._taken >= self._total:
                yield self._report_as_it_is()
                return
            is_resting = False
            if self._step == self._here.steps:
                self._climb()
            number = self._view_of(self._taken)
            losses = self._move(number)
            self._step += 1
            self._take_changes()  # there may be more steps
            is_finishing = self._job.is_finishing()
            is_done = self._taken >= self._total
            yield self._report(
                number, losses, is_last=is_done or is_finishing, early=not is_done
            )
            if is_done or is_finishing:
                return

    @property
    def _here(self) -> Rung:
        return self._ladder[self._rung]

    @property
    def _taken(self) -> int:
        return sum(rung.steps for rung in self._ladder[: self._rung]) + self._step

    @property
    def _total(self) -> int:
        return sum(rung.steps for rung in self._ladder)

    def _begin(self) -> None:
        state = self._job.resume_from
        if state is not None:
            self._restore(state)
            return
        share = min(1.0, 2 * self._options.style_strength)
        start = first_colors(self._palette, self._job.weights, share)
        random = np.random.default_rng(self._options.seed)
        noise = random.normal(0, self._job.hyperparameters.noise, start.shape)
        colors = np.clip(start + share * noise, 0, 1).astype(np.float32)
        self._column = as_column(colors)
        self._adam.begin_rung(len(colors), 1, self._here.steps)

    def _climb(self) -> None:
        """Go to the next scale with the average of this one."""
        self._column = self._adam.picture()
        self._rung, self._step = self._rung + 1, 0
        self._adam.begin_rung(self._column.shape[2], 1, self._here.steps)

    def _take_changes(self) -> None:
        changes = dict(self._job.changes(self._taken))
        if "steps" in changes:
            self._ladder = with_steps(
                self._ladder, max(self._taken, int(changes.pop("steps")))
            )
        if changes:
            self._options = dataclasses.replace(self._options, **changes)  # type: ignore[arg-type]  # names of fields
            self._limits = hue_limits(self._palette, self._options)

    def _view_of(self, step: int) -> int:
        """Return whose turn it is: all views in a random order, then in another."""
        turn, place = divmod(step, len(self._views))
        order = np.random.default_rng((self._options.seed, turn))
        return int(order.permutation(len(self._views))[place])

    def _move(self, number: int) -> CloudLosses:
        """Take a step by one view."""
        colors = from_column(self._column)
        found = self._by_view(number, colors)
        weight = self._smoothing
        rough, slope = self._smoothness.loss_and_gradient(colors)
        gradient = weight * slope
        content = style = 0.0
        if found is not None:
            losses, by_view = found
            gradient = gradient + by_view
            content = float(losses.content)
            style = float(losses.style + losses.total_variation)
        total = content + style + weight * rough
        if not math.isfinite(total) or not np.isfinite(gradient).all():
            raise NumericalDivergenceError(
                f"step {self._taken + 1}: the losses are not finite; try a lower "
                "style strength or another seed"
            )
        if self._options.style_strength == 0:
            gradient = 0 * gradient  # what is left of it is rounding
        column = as_column(self._smoothness.spread(gradient))
        self._adam.step(self._column, torch.tensor([total]), column, 1.0, self._project)
        return CloudLosses(total, content, style, weight * rough)

    @property
    def _smoothing(self) -> float:
        style = (2 * self._options.style_strength) ** 3
        return style * _SMOOTHNESS_WEIGHT * self._options.smoothness

    def _by_view(self, number: int, colors: Floats) -> tuple[Losses, Floats] | None:
        """Return a view's losses and their gradient by the colours, (N, 3)."""
        factor = self._views.side_px // self._here.width_px
        objective = self._objectives.objective(number, factor, self._loss_weights)
        if objective is None:
            return None
        picture, cover = self._views.picture(number, colors)
        picture, cover = at_scale(picture, cover, factor)
        image = framed(filled(picture, cover).clamp(0, 1)).to(self._network.device)
        losses, gradient = differentiate(
            objective,
            self._network,
            image,
            self._job.check,
            recompute=self._here.width_px > _RECOMPUTED_PX,
        )
        wide = enlarged_gradient(unframed(gradient), factor, self._views.side_px)
        return losses, self._views.gradient(number, wide)

    @property
    def _loss_weights(self) -> LossWeights:
        asked = StylizeOptions(
            style_strength=self._options.style_strength,
            content_strength=self._options.content_strength,
        )
        hyperparameters = self._job.hyperparameters
        return loss_weights(asked, hyperparameters, self._here, self._ladder)

    def _project(self, column: Tensor) -> None:
        column.clamp_(0, 1)
        if self._limits is not None:
            self._limits(column)

    def _report(
        self, number: int, losses: CloudLosses | None, *, is_last: bool, early: bool
    ) -> CloudStep:
        colors = from_column(self._adam.picture())
        work = [rung.pixels * rung.steps for rung in self._ladder]
        done = sum(work[: self._rung]) + self._here.pixels * self._step
        return CloudStep(
            step=self._taken,
            total_steps=self._total,
            scale=self._rung + 1,
            total_scales=len(self._ladder),
            side_px=self._here.width_px,
            view=number + 1,
            views_ready=self._views.ready,
            total_views=len(self._views),
            fraction=1.0 if is_last else done / sum(work),
            losses=losses,
            elapsed_s=time.monotonic() - self._began_s,
            is_last=is_last,
            stopped_early=is_last and early,
            picture=partial(self._shown, number, colors),
            state=self._state,
            result=self._finished(colors) if is_last else None,
        )

    def _report_as_it_is(self) -> CloudStep:
        """Return the last step once more: none is taken."""
        number = self._view_of(max(0, self._taken - 1))
        early = self._taken < self._total
        return self._report(number, None, is_last=True, early=early)

    def _finished(self, colors: Floats) -> PaintedCloud:
        cloud = self._job.cloud
        smooth = settled(colors, self._views, self._job.check)
        # A cloud that is painted a little keeps its own grain.
        colors += np.float32(min(1.0, 2 * self._options.style_strength)) * (
            smooth - colors
        )
        complete = with_hidden(colors, cloud.centred, self._views.visibility())
        complete = self._palette.finish(complete)
        judge = Judge(
            network=self._network,
            style_images=self._palette.style_images,
            weights=self._job.weights,
        )
        made = finished(
            cloud, complete, self._views, self._options, self._job.check, judge
        )
        turned = turntable(cloud, complete, self._views, self._options)
        return dataclasses.replace(made, turntable=turned)

    def _shown(self, number: int, colors: Floats) -> Image.Image:
        picture, cover = self._views.picture(number, self._palette.finish(colors))
        return to_picture(on_background(picture, cover, self._options.background))

    def _state(self) -> PaintingState:
        fingerprint = self._job.fingerprint(self._network)
        place = self._rung, self._step
        return state_of(fingerprint, place, self._ladder, self._column, self._adam)

    def _restore(self, state: PaintingState) -> None:
        fingerprint = self._job.fingerprint(self._network)
        self._column, self._ladder = restored(
            state, fingerprint, self._ladder, self._adam
        )
        self._rung, self._step = state.rung, state.step
        steps = max(self._taken, self._options.steps)
        self._ladder = with_steps(self._ladder, steps)
