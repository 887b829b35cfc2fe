"""Distances to simple bodies. Points are (N, 3): x right, y up, z to the viewer.

Source of the formulas: Quilez, "Distance functions" (iquilezles.org).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Vector = tuple[float, float, float]


def sphere(p: Array, centre: Vector, radius: float) -> Array:
    """Give the distance to a ball."""
    return np.asarray(np.linalg.norm(p - np.array(centre), axis=1) - radius)


def ellipsoid(p: Array, centre: Vector, radii: Vector) -> Array:
    """Give nearly the distance to an ellipsoid."""
    q = p - np.array(centre)
    outer = np.linalg.norm(q / np.array(radii), axis=1)
    inner = np.linalg.norm(q / np.array(radii) ** 2, axis=1)
    return np.asarray(outer * (outer - 1) / np.maximum(inner, 1e-6))


def box(p: Array, centre: Vector, half: Vector, round_: float = 0.0) -> Array:
    """Give the distance to a box with rounded edges."""
    q = np.abs(p - np.array(centre)) - np.array(half) + round_
    outside = np.linalg.norm(np.maximum(q, 0), axis=1)
    return np.asarray(outside + np.minimum(q.max(axis=1), 0) - round_)


def cylinder(p: Array, foot: Vector, radius: float, height: float) -> Array:
    """Give the distance to an upright cylinder that stands on its foot."""
    q = p - np.array(foot)
    side = np.hypot(q[:, 0], q[:, 2]) - radius
    ends = np.abs(q[:, 1] - height / 2) - height / 2
    outside = np.hypot(np.maximum(side, 0), np.maximum(ends, 0))
    return np.asarray(outside + np.minimum(np.maximum(side, ends), 0))


def turned(p: Array, foot: Vector, profile: Array, safety: float = 0.6) -> Array:
    """Give less than the distance to a body turned on a lathe.

    Args:
        p: the points.
        foot: where its axis meets the table.
        profile: (K, 2), height and radius from the foot upwards.
        safety: a share of the true distance, since the walls slope.
    """
    q = p - np.array(foot)
    heights, radii = profile.T
    radius = np.interp(q[:, 1], heights, radii)
    side = (np.hypot(q[:, 0], q[:, 2]) - radius) * safety
    ends = np.maximum(heights[0] - q[:, 1], q[:, 1] - heights[-1])
    outside = np.hypot(np.maximum(side, 0), np.maximum(ends, 0))
    return np.asarray(outside + np.minimum(np.maximum(side, ends), 0))


def gable(p: Array, centre: Vector, half: Vector) -> Array:
    """Give less than the distance to a roof: a prism whose ridge runs along x."""
    q = p - np.array(centre)
    width, height, depth = half
    slope = np.hypot(height, depth)
    plane = ((q[:, 1] - height) * depth + np.abs(q[:, 2]) * height) / slope
    return np.asarray(np.maximum.reduce([plane, -q[:, 1], np.abs(q[:, 0]) - width]))


def melt(first: Array, second: Array, reach: float) -> Array:
    """Join two bodies with a soft seam."""
    share = np.clip(0.5 + 0.5 * (second - first) / reach, 0, 1)
    return second + (first - second) * share - reach * share * (1 - share)
