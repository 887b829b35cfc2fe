"""A cloud as a small file for a page that turns it, whatever format it came in.

One line of JSON, then the places, then the colours; `docs/clouds.md` tells of it.
"""

import json

import numpy as np

from worker.cloudfile.cloud import Floats, Integers, PointCloud

#: So many can be turned smoothly: 4.5 MB.
MOST_POINTS = 300_000


def thinned_points(cloud: PointCloud, colors: Floats, seed: int) -> bytes:
    """Return the file: all points, or evenly drawn ones where there are too many.

    Args:
        cloud: whose places are told, less its median place: so far from it single
            precision would make one place of many.
        colors: (N, 3).
        seed: equal ones draw the same points.
    """
    chosen, middle = _drawn(len(cloud), seed), cloud.middle
    told = {"points": len(chosen), "total": len(cloud), "middle": middle.tolist()}
    levels = np.rint(np.clip(colors[chosen], 0, 1) * 255)
    return b"".join(
        [
            json.dumps(told).encode() + b"\n",
            (cloud.positions[chosen] - middle).astype("<f4").tobytes(),
            levels.astype(np.uint8).tobytes(),
        ]
    )


def _drawn(count: int, seed: int) -> Integers:
    """Return numbers of points, upwards."""
    if count <= MOST_POINTS:
        return np.arange(count)
    drawn = np.random.default_rng(seed).choice(count, MOST_POINTS, replace=False)
    return np.sort(drawn)
