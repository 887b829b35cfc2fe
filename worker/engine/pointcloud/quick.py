"""A first picture at once: views by the fast network, carried back to the points.

Each point gets the colour that explains the painted views best, all of them together:
least squares, weighed by how much of a pixel a point is. Strokes of single views
average out where views disagree; of the sharper colours as much is taken as lets
neighbouring views show the same.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import numpy as np
from PIL import Image
from torch import Tensor

from worker.cloudfile.cameras import frame_of, held_out_pairs
from worker.cloudfile.cloud import Floats
from worker.engine.images import to_picture, to_tensor
from worker.engine.pointcloud.backprojection import (
    LEAST_SEEN,
    as_sharp_as_agrees,
    brought_nearer,
)
from worker.engine.pointcloud.holes import filled
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.neighbours import with_hidden
from worker.engine.pointcloud.result import finished, shown_view
from worker.engine.pointcloud.step import CloudStep
from worker.engine.pointcloud.views import Views, views_of

#: Given a view, returns it painted, of the same size.
Stylize = Callable[[Image.Image], Image.Image]
#: Of the least squares after the means: more make strokes sharper, and single points
#: stand out.
_ROUNDS = 4
#: Added to a job's seed: views that are compared are neither painted nor reported.
_COMPARED = 577
_COMPARED_PX = 256


def paint_quickly(job: CloudJob, stylize: Stylize) -> Iterator[CloudStep]:
    """Yield a step a view; the last one has the result."""
    began_s = time.monotonic()
    with closing(views_of(job.cloud, job.options, job.check, job.cameras)) as views:
        back = _Backprojection(views, job.cloud.colors)
        for number in range(len(views)):
            back.take(number, stylize(back.content(number)))
            job.check()
            is_done = number + 1 == len(views)
            is_last = is_done or job.is_finishing()
            if is_last:
                back.refine(job)
            colors = back.colors(is_complete=is_last)
            if is_last:
                colors = with_hidden(colors, job.cloud.centred, back.weight)
            yield CloudStep(
                step=number + 1,
                total_steps=len(views),
                scale=1,
                total_scales=1,
                side_px=views.side_px,
                view=number + 1,
                views_ready=views.ready,
                total_views=len(views),
                fraction=1.0 if is_last else (number + 1) / len(views),
                losses=None,
                elapsed_s=time.monotonic() - began_s,
                is_last=is_last,
                stopped_early=is_last and not is_done,
                picture=partial(shown_view, views, number, colors, job.options),
                state=None,
                result=finished(job.cloud, colors, views, job.options, job.check)
                if is_last
                else None,
            )
            if is_last:
                return


class _Backprojection:
    """Painted views on their way back to the points.

    Attributes:
        weight: (N,), pixels of the views so far that each point is.
    """

    def __init__(self, views: Views, before: Floats) -> None:
        self._views, self._before = views, before
        self._painted: dict[int, Floats] = {}
        self._sums = np.zeros_like(before)
        self._colors: Floats | None = None
        self.weight = np.zeros(len(before), np.float32)

    def content(self, number: int) -> Image.Image:
        """Return a view of the cloud as it came, its holes filled."""
        return to_picture(filled(*self._views.picture(number, self._before)))

    def take(self, number: int, painted: Image.Image) -> None:
        """Take in a painted view."""
        side_px = self._views.side_px
        levels: Tensor = to_tensor(painted, side_px, side_px)[0]
        operator = self._views.operator(number)
        # Where the background shows through, only the rest is the cloud's.
        self._painted[number] = levels.numpy() * operator.cover
        self._sums += operator.gradient(levels.numpy())
        self.weight += operator.visibility

    def colors(self, *, is_complete: bool) -> Floats:
        """Return (N, 3); those of points not seen yet are as they came."""
        if is_complete and self._colors is not None:
            return self._colors
        mean = self._sums / np.maximum(self.weight, LEAST_SEEN)[:, None]
        seen = (self.weight > LEAST_SEEN)[:, None]
        return np.where(seen, mean, self._before).astype(np.float32)

    def refine(self, job: CloudJob) -> None:
        """Bring the views of the points nearer to the painted ones."""
        soft = self.colors(is_complete=False)
        sharp = brought_nearer(soft, self._painted, self._views, _ROUNDS, job.check)
        frame = frame_of(job.cloud.centred, job.options.up)
        cameras = held_out_pairs(frame, job.options.seed + _COMPARED)
        side_px = min(self._views.side_px, _COMPARED_PX)
        with closing(self._views.others(cameras, side_px)) as pairs:
            self._colors = as_sharp_as_agrees(soft, sharp, self._before, pairs)
