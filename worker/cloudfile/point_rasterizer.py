"""The operator of points: each covers a disc as wide as its neighbours are far.

A z-buffer decides who is seen; of the points in front each pixel shows the mean,
weighed by the distance from its centre.
"""

import numpy as np

from worker.cloudfile.cameras import Camera
from worker.cloudfile.cloud import Floats, Integers
from worker.cloudfile.nearest import nearest_of_each
from worker.cloudfile.operators import ViewOperator

#: A point reaches so much of the distance to its neighbours: no holes between them.
_REACH = 1.3
#: Half the side of the largest footprint: a lone point near the camera is no wall.
_MOST_PX = 6.0
#: The footprint's least radius: a point is seen, however far it is.
_LEAST_PX = 1.0
#: Of the spacing; what lies so little behind the nearest point is the same surface.
_SAME_SURFACE = 2.0
_NEIGHBOURS = 4
#: Spacings above so many medians are those of floaters, which are not looked at
#: unless they are more than this part of all points.
_LONELY, _MOST_LONELY = 4.0, 0.1


def spacing_of(points: Floats) -> Floats:
    """Return (N,), how far the nearest neighbours of each point are; 0 of floaters."""
    count = min(_NEIGHBOURS + 1, len(points))
    distances, _ = nearest_of_each(points, count)
    near = distances[:, 1:].mean(axis=1)
    positive = near[near > 0]
    usual = float(np.median(positive)) if positive.size else 0.0
    lonely = near > _LONELY * usual
    spacing: Floats = np.asarray(np.clip(near, usual / 4, _LONELY * usual), np.float32)
    if lonely.mean() <= _MOST_LONELY:
        spacing[lonely] = 0
    return spacing


def point_operator(
    camera: Camera, points: Floats, spacing: Floats, side_px: int
) -> ViewOperator:
    """Return what a camera sees of points.

    Args:
        camera: that looks.
        points: (N, 3), centred.
        spacing: (N,), see `spacing_of`.
        side_px: of the picture.
    """
    seen = camera.seen_from(points)
    focal_px = camera.focal * side_px
    front = np.flatnonzero((seen[:, 2] > camera.nearest) & (spacing > 0))
    depth = seen[front, 2]
    at = seen[front, :2] / depth[:, None] * focal_px + side_px / 2
    radius = np.clip(_REACH * spacing[front] * focal_px / depth, _LEAST_PX, _MOST_PX)
    near = ((at > -radius[:, None]) & (at < side_px + radius[:, None])).all(axis=1)
    front, depth, at, radius = (each[near] for each in (front, depth, at, radius))
    entry, pixel, weight = _footprints(at, radius, side_px)
    keep = _in_front(pixel, depth[entry], spacing[front][entry], side_px)
    entry, pixel, weight = entry[keep], pixel[keep], weight[keep]
    sums = np.bincount(pixel, weight, side_px * side_px)
    weight = (weight / sums[pixel]).astype(np.float32)
    indices = front[entry].astype(np.int32)
    return ViewOperator.of(
        pixel.astype(np.int32), indices, weight, side_px, len(points)
    )


def _footprints(
    at: Floats, radius: Floats, side_px: int
) -> tuple[Integers, Integers, Floats]:
    """Return (entries, pixels, weights) of all discs, those of one size at a time."""
    reach = np.ceil(radius).astype(np.int64)
    entries, pixels, weights = [], [], []
    for size in np.flatnonzero(np.bincount(reach)):
        chosen = np.flatnonzero(reach == size)
        centre, reached = at[chosen].T, radius[chosen]
        first = np.floor(centre - 0.5).astype(np.int64)
        steps = np.arange(1 - size, size + 1)
        for down in steps:
            row = first[1] + down
            aside = (row + 0.5 - centre[1]) ** 2
            in_rows = (row >= 0) & (row < side_px)
            for across in steps:
                column = first[0] + across
                square = (column + 0.5 - centre[0]) ** 2 + aside
                part = np.sqrt(square) / reached
                in_columns = (column >= 0) & (column < side_px)
                inside = np.flatnonzero((part < 1) & in_rows & in_columns)
                entries.append(chosen[inside])
                pixels.append(row[inside] * side_px + column[inside])
                weights.append((1 - part[inside] ** 2 + 1e-3).astype(np.float32))
    if not entries:
        empty = np.empty(0, np.int64)
        return empty, empty, np.empty(0, np.float32)
    return np.concatenate(entries), np.concatenate(pixels), np.concatenate(weights)


def _in_front(
    pixel: Integers, depth: Floats, spacing: Floats, side_px: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which entries belong to the nearest surface of their pixel."""
    nearest = np.full(side_px * side_px, np.inf, np.float32)
    np.minimum.at(nearest, pixel, depth)
    return depth <= nearest[pixel] + _SAME_SURFACE * spacing
