"""The operator of Gaussian splats: projected ellipses, blended from front to back.

Source: Zwicker, Pfister, van Baar and Gross 2001, "EWA Splatting"; the projection, the
dilation of 0.3 px and the bounds of alpha are those of Kerbl et al. 2023. Departure:
contributions below `_LEAST_PART` are left out and the others of the pixel grow for
them, so that its cover stays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from worker.cloudfile.cameras import Camera
from worker.cloudfile.cloud import Floats, Gaussians, Integers
from worker.cloudfile.operators import Indices, ViewOperator

_DILATION = 0.3
_LEAST_ALPHA, _MOST_ALPHA = 1 / 255, 0.99
_LEAST_PART = 1e-3
#: Ellipses are cut where they have fallen to this many standard deviations.
_REACH = 3.0
#: What lies farther from the axis is projected as if it lay here. Source: their code.
_WIDEST = 1.3
#: Pairs of Gaussian and pixel that are looked at together.
_PAIRS = 2**21


@dataclass(frozen=True, eq=False)
class Ellipses:
    """Gaussians on the picture, sorted from front to back.

    Attributes:
        index: (M,), which Gaussians they are.
        centre: (M, 2), in pixels.
        conic: (M, 3), the inverse covariance: xx, xy, yy.
        opacity: (M,).
        low: (M, 2), the first pixel of the box around each: across, down.
        size: (M, 2), the box's width and height, above 0.
    """

    index: Integers
    centre: Floats
    conic: Floats
    opacity: Floats
    low: Integers
    size: Integers

    def within(self, top: int, bottom: int) -> "Ellipses":
        """Return what reaches into these rows of pixels, cut to them."""
        first = np.maximum(self.low[:, 1], top)
        last = np.minimum(self.low[:, 1] + self.size[:, 1], bottom)
        chosen = last > first
        low = np.stack([self.low[chosen, 0], first[chosen]], axis=1)
        size = np.stack([self.size[chosen, 0], (last - first)[chosen]], axis=1)
        return Ellipses(
            self.index[chosen],
            self.centre[chosen],
            self.conic[chosen],
            self.opacity[chosen],
            low,
            size,
        )


def gaussian_operator(
    camera: Camera,
    points: Floats,
    gaussians: Gaussians,
    side_px: int,
    check: Callable[[], None],
) -> ViewOperator:
    """Return what a camera sees of Gaussians.

    Args:
        camera: that looks.
        points: (N, 3), centred.
        gaussians: their shapes.
        side_px: of the picture.
        check: called for every few rows; may raise.
    """
    ellipses = project(camera, points, gaussians, side_px)
    bands, top = [], 0
    for bottom in _band_ends(ellipses, side_px):
        check()
        bands.append(_band(ellipses.within(top, bottom), top, bottom, side_px))
        top = bottom
    pixels, indices, weights = map(np.concatenate, zip(*bands, strict=True))
    return ViewOperator.of(pixels, indices, weights, side_px, len(points))


def project(
    camera: Camera, points: Floats, gaussians: Gaussians, side_px: int
) -> Ellipses:
    """Return the ellipses that are in the picture."""
    seen = camera.seen_from(points)
    index = np.flatnonzero(
        (seen[:, 2] > camera.nearest) & (gaussians.opacities >= _LEAST_ALPHA)
    )
    index = index[np.argsort(seen[index, 2], kind="stable")]
    seen = seen[index]
    focal_px = camera.focal * side_px
    covariance = _projected(camera, seen, gaussians, index, focal_px)
    xx, xy, yy = covariance
    determinant = xx * yy - xy * xy
    conic = np.stack([yy, -xy, xx], axis=1) / determinant[:, None]
    middle = (xx + yy) / 2
    widest = middle + np.sqrt(np.maximum(middle**2 - determinant, 0.1))
    radius = np.ceil(_REACH * np.sqrt(widest))
    centre = seen[:, :2] / seen[:, 2:] * focal_px + side_px / 2
    low = np.clip(np.floor(centre - radius[:, None]), 0, side_px).astype(np.int64)
    high = np.clip(np.ceil(centre + radius[:, None]), 0, side_px).astype(np.int64)
    inside = (high > low).all(axis=1) & np.isfinite(conic).all(axis=1)
    return Ellipses(
        index[inside],
        centre[inside],
        conic[inside].astype(np.float32),
        gaussians.opacities[index][inside],
        low[inside],
        (high - low)[inside],
    )


def _projected(
    camera: Camera, seen: Floats, gaussians: Gaussians, index: Integers, focal_px: float
) -> tuple[Floats, Floats, Floats]:
    """Return xx, xy and yy of the covariances on the picture, in pixels squared."""
    axes = rotation_matrices(gaussians.rotations[index])
    axes = axes * gaussians.scales[index][:, None, :]  # (M, 3, 3), columns
    local = camera.rotation.astype(np.float32) @ axes
    x, y, z = seen.T
    limit = _WIDEST * 0.5 / camera.focal
    across, down = (np.clip(each / z, -limit, limit) for each in (x, y))
    right = (local[:, 0] - across[:, None] * local[:, 2]) * (focal_px / z)[:, None]
    below = (local[:, 1] - down[:, None] * local[:, 2]) * (focal_px / z)[:, None]
    xx = (right * right).sum(axis=1) + _DILATION
    yy = (below * below).sum(axis=1) + _DILATION
    return xx, (right * below).sum(axis=1), yy


def rotation_matrices(quaternions: Floats) -> Floats:
    """Return (M, 3, 3) of unit quaternions (M, 4), w first."""
    w, x, y, z = quaternions.T
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


def _band_ends(ellipses: Ellipses, side_px: int) -> list[int]:
    """Return where to cut the picture so that no part has too many pairs."""
    by_row = np.zeros(side_px + 1)
    width = ellipses.size[:, 0].astype(np.float64)
    np.add.at(by_row, ellipses.low[:, 1], width)
    np.add.at(by_row, ellipses.low[:, 1] + ellipses.size[:, 1], -width)
    pairs = np.cumsum(by_row)[:side_px]
    ends, held = [], 0.0
    for row, count in enumerate(pairs):
        if held and held + count > _PAIRS:
            ends.append(row)
            held = 0.0
        held += count
    return [*ends, side_px]


def _band(
    part: Ellipses, top: int, bottom: int, side_px: int
) -> tuple[Indices, Indices, Floats]:
    """Return (pixels, Gaussians, weights) of some rows of pixels."""
    rank, across, down = _pairs(part)
    offset_x = across + 0.5 - part.centre[rank, 0]
    offset_y = down + 0.5 - part.centre[rank, 1]
    xx, xy, yy = part.conic[rank].T
    power = -0.5 * (xx * offset_x**2 + yy * offset_y**2) - xy * offset_x * offset_y
    alpha = part.opacity[rank] * np.exp(np.minimum(power, 0))
    alpha = np.minimum(alpha, _MOST_ALPHA)
    kept = alpha >= _LEAST_ALPHA
    pixel = ((down - top) * side_px + across)[kept]
    shape = ((bottom - top) * side_px, len(part.index))
    # Sorting the indices of a row is sorting by depth.
    rows = csr_matrix((alpha[kept], (pixel, rank[kept])), shape=shape)
    entries = _blended(rows).tocoo()
    pixels = (entries.row + top * side_px).astype(np.int32)
    return pixels, part.index[entries.col].astype(np.int32), entries.data


def _pairs(part: Ellipses) -> tuple[Integers, Integers, Integers]:
    """Return (ranks, columns, rows) of all pixels of all boxes."""
    width, area = part.size[:, 0], part.size.prod(axis=1)
    rank = np.repeat(np.arange(len(area)), area)
    start = np.repeat(np.cumsum(area) - area, area)
    place = np.arange(len(rank)) - start
    down, across = np.divmod(place, width[rank])
    return rank, part.low[rank, 0] + across, part.low[rank, 1] + down


def _blended(alphas: csr_matrix) -> csr_matrix:
    """Return the weights of front-to-back blending from the alphas of each row."""
    passing = np.log1p(-alphas.data.astype(np.float64))
    before = np.concatenate([[0.0], np.cumsum(passing)])
    counts = np.diff(alphas.indptr)
    at_start = np.repeat(before[alphas.indptr[:-1]], counts)
    weights = alphas.data * np.exp(before[:-1] - at_start)
    row = np.repeat(np.arange(len(counts)), counts)
    cover = np.bincount(row, weights, len(counts))
    weights[weights < _LEAST_PART] = 0
    left = np.bincount(row, weights, len(counts))
    growth = cover / np.maximum(left, 1e-12)
    weights *= np.where(left > 0, growth, 0)[row]
    blended = csr_matrix(
        (weights.astype(np.float32), alphas.indices, alphas.indptr), alphas.shape
    )
    blended.eliminate_zeros()
    return blended
