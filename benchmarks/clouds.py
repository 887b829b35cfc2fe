"""Clouds that anybody can make again: a ring with a pattern, as points or splats."""

import numpy as np
from scipy.spatial import cKDTree

from worker.cloudfile.cloud import Floats, Gaussians, PointCloud


def ring(count: int, *, splats: bool = False) -> PointCloud:
    """Return so many points of a torus, evenly seeded, in squares of many colours."""
    random = np.random.default_rng(0)
    along, around = random.uniform(0, 2 * np.pi, (2, 3 * count))
    # As many on a square of the inside as on one of the outside.
    kept = random.uniform(size=3 * count) < (1 + 0.4 * np.cos(around)) / 1.4
    along, around = along[kept][:count], around[kept][:count]
    breadth = 1 + 0.4 * np.cos(around)
    points = np.stack(
        [breadth * np.cos(along), breadth * np.sin(along), 0.4 * np.sin(around)], 1
    )
    colors = np.stack(
        [
            0.5 + 0.5 * np.cos(3 * along),
            0.5 + 0.4 * np.sin(2 * around),
            0.5 + 0.5 * np.sin(along),
        ],
        axis=1,
    )
    dark = np.sin(8 * along) * np.sin(6 * around) > 0
    colors *= np.where(dark, 0.6, 1.0)[:, None]
    return _cloud(points, colors.astype(np.float32), random, splats=splats)


def _cloud(
    points: np.ndarray, colors: Floats, random: np.random.Generator, *, splats: bool
) -> PointCloud:
    gaussians = None
    if splats:
        near, _ = cKDTree(points).query(points, k=4)
        width = near[:, 1:].mean(axis=1, keepdims=True)
        turns = random.normal(size=(len(points), 4))
        turns /= np.linalg.norm(turns, axis=1, keepdims=True)
        opacities = 1 / (1 + np.exp(-random.normal(2.5, 1.5, len(points))))
        gaussians = Gaussians(
            scales=(width * random.uniform(0.4, 1.2, (len(points), 3))).astype("f4"),
            rotations=turns.astype(np.float32),
            opacities=opacities.astype(np.float32),
            harmonics=np.empty((len(points), 3, 0), np.float32),
        )
    return PointCloud(points, colors, gaussians, lambda painted, _: painted.tobytes())
