"""Whether two views show the same places in the same colours: reprojection by depth."""

import numpy as np

from worker.cloudfile.cloud import Floats
from worker.engine.pointcloud.views import Views

#: A pixel counts if so much of it is the cloud.
_COVERED = 0.9
#: Of the depth: what is no farther behind what a view shows is the same surface.
_SAME_DEPTH = 0.01


def reprojected_differences(
    views: Views, one: int, other: int, colors: Floats
) -> Floats:
    """Return (M, 3), how unlike two views show the places that both see.

    Each pixel of one view is looked for in the other, by the place that it shows;
    it counts if nothing stands before that place.

    Args:
        views: of the cloud.
        one: number of the view whose pixels are looked for.
        other: of the view that they are looked for in.
        colors: (N, 3).
    """
    side_px, camera = views.side_px, views.camera(other)
    covered = views.operator(one).cover >= _COVERED
    seen = camera.seen_from(views.places(one)[covered])
    in_front = seen[:, 2] > camera.nearest
    at = seen[:, :2] / np.maximum(seen[:, 2:], 1e-12) * (camera.focal * side_px)
    pixel = np.floor(at + side_px / 2).astype(np.int64)
    inside = in_front & ((pixel >= 0) & (pixel < side_px)).all(axis=1)
    across, down = pixel[inside].T
    shown = camera.seen_from(views.places(other)[down, across])[:, 2]
    depth = seen[inside, 2]
    same = (np.abs(depth - shown) <= _SAME_DEPTH * depth) & (
        views.operator(other).cover[down, across] >= _COVERED
    )
    mine, theirs = (_pixels(views, number, colors) for number in (one, other))
    found: Floats = mine[covered][inside][same] - theirs[down, across][same]
    return found


def differences_of_pairs(views: Views, colors: Floats) -> Floats:
    """Return (M, 3), how unlike each two views that follow one another show places.

    Args:
        views: two by two they see much the same.
        colors: (N, 3).
    """
    pairs = range(0, len(views) - 1, 2)
    return np.concatenate(
        [reprojected_differences(views, one, one + 1, colors) for one in pairs]
    )


def _pixels(views: Views, number: int, colors: Floats) -> Floats:
    """Return (side, side, 3)."""
    picture, _ = views.picture(number, colors)
    pixels: Floats = np.moveaxis(picture[0].numpy(), 0, -1)
    return pixels
