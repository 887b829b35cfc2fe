"""What a painted cloud is given back as: the file, and views before and after."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from worker.cloudfile.cameras import frame_of, turntable_cameras
from worker.cloudfile.cloud import Floats, PointCloud
from worker.cloudfile.shading import changed_harmonics
from worker.cloudfile.thinned import thinned_points
from worker.engine.images import to_picture
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.report import CloudReport, Judge, report_of
from worker.engine.pointcloud.views import Views

#: Views that a result shows.
SHOWN_VIEWS = 4
#: Of the turntable; a Gaussian splat of 200,000 takes about a second a picture.
_TURNTABLE_FRAMES, _TURNTABLE_PX = 20, 192
#: A colour that moved by no more than this, of 255 levels, is the same.
_SAME = 0.5 / 255


@dataclass(frozen=True, eq=False)
class PaintedCloud:
    """What a job has made.

    Attributes:
        content: the file.
        thinned: some of its points, for a page that turns them.
        points: how many there are.
        recolored: whose colours changed.
        gaussians: whether they are Gaussians.
        before: views of the cloud as it came.
        after: the same views, painted.
        turntable: pictures once around the painted cloud; none where that would take
            longer than the painting.
        report: how well it looks from elsewhere.
    """

    content: bytes
    thinned: bytes
    points: int
    recolored: int
    gaussians: bool
    before: tuple[Image.Image, ...]
    after: tuple[Image.Image, ...]
    report: CloudReport
    turntable: tuple[Image.Image, ...] = ()


def finished(
    cloud: PointCloud,
    colors: Floats,
    views: Views,
    options: CloudOptions,
    check: Callable[[], None],
    judge: Judge | None = None,
) -> PaintedCloud:
    """Return the result.

    Args:
        cloud: as it came.
        colors: (N, 3), its new ones.
        views: of it.
        options: of the job.
        check: called several times a second; may raise.
        judge: of style and content, where a network is at hand.
    """
    if options.style_strength == 0:
        colors = cloud.colors
    changed = (np.abs(colors - cloud.colors) > _SAME).any(axis=1)
    shown = shown_numbers(len(views))

    def look(each: Floats) -> tuple[Image.Image, ...]:
        return tuple(shown_view(views, number, each, options) for number in shown)

    return PaintedCloud(
        content=cloud.write(
            colors, changed_harmonics(cloud, colors, options.harmonics)
        ),
        thinned=thinned_points(cloud, colors, options.seed),
        points=len(cloud),
        recolored=int(changed.sum()),
        gaussians=cloud.gaussians is not None,
        before=look(cloud.colors),
        after=look(colors),
        report=report_of(cloud, colors, views, options, check, judge),
    )


def turntable(
    cloud: PointCloud, colors: Floats, painted_from: Views, options: CloudOptions
) -> tuple[Image.Image, ...]:
    """Return pictures once around a cloud, or once around in a room.

    Args:
        cloud: as it came.
        colors: (N, 3), its new ones.
        painted_from: the job's views.
        options: of the job.
    """
    frame = frame_of(cloud.centred, options.up)
    cameras = turntable_cameras(frame, _TURNTABLE_FRAMES)
    side_px = min(options.view_px, _TURNTABLE_PX)
    with closing(painted_from.others(cameras, side_px)) as views:
        return tuple(
            shown_view(views, number, colors, options) for number in range(len(views))
        )


def shown_view(
    views: Views, number: int, colors: Floats, options: CloudOptions
) -> Image.Image:
    """Return a view as people see it, before the background."""
    picture, cover = views.picture(number, colors)
    return to_picture(on_background(picture, cover, options.background))


def on_background(
    picture: Tensor, cover: Tensor, background: tuple[float, float, float]
) -> Tensor:
    """Return a view, (1, 3, H, W), before a flat colour."""
    return picture + (1 - cover) * torch.tensor(background).view(1, 3, 1, 1)


def shown_numbers(count: int) -> Sequence[int]:
    """Return which of so many views a result shows: evenly spread ones."""
    chosen = min(count, SHOWN_VIEWS)
    return [round((index + 0.5) * count / chosen - 0.5) for index in range(chosen)]
