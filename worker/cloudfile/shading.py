"""From the colours that are painted to those that a camera sees, and back.

Of points they are the same. Of splats with harmonics a part depends on the view; either
way what is seen is linear in what is painted, so that gradients go back by a factor.
"""

from dataclasses import dataclass

import numpy as np

from app.contract.kinds.pointcloud.choices import Harmonics
from worker.cloudfile.cameras import Camera
from worker.cloudfile.cloud import Floats, PointCloud
from worker.cloudfile.spherical_harmonics import seen_part

#: Darker colours are taken for this when harmonics grow with the new colour.
_DARKEST = 0.05
_MOST_GROWTH = 4.0


@dataclass(frozen=True, eq=False)
class Shading:
    """seen = offset + factor * painted, for one camera.

    Attributes:
        offset: (N, 3); None for none.
        factor: (N, 3); None for 1.
    """

    offset: Floats | None = None
    factor: Floats | None = None

    def seen(self, painted: Floats) -> Floats:
        """Return what the camera sees, (N, 3), above 0."""
        if self.offset is not None:
            lit: Floats = np.maximum(painted + self.offset, 0)
            return lit
        return painted if self.factor is None else painted * self.factor

    def gradient(self, by_seen: Floats) -> Floats:
        """Return the gradient by what is painted."""
        return by_seen if self.factor is None else by_seen * self.factor


def shading_of(
    camera: Camera, points: Floats, cloud: PointCloud, choice: Harmonics
) -> Shading:
    """Return how a camera sees the colours of a cloud.

    Args:
        camera: that looks.
        points: (N, 3), centred.
        cloud: with the colours that it came with.
        choice: what becomes of its harmonics.
    """
    gaussians = cloud.gaussians
    if gaussians is None or not gaussians.harmonics.shape[2]:
        return Shading()
    if choice is Harmonics.DROP:
        return Shading()
    part = seen_part(gaussians.harmonics, camera.directions(points))
    if choice is Harmonics.KEEP:
        return Shading(offset=part)
    factor = 1 + part / np.maximum(cloud.colors, _DARKEST)
    return Shading(factor=np.clip(factor, 0, _MOST_GROWTH).astype(np.float32))


def changed_harmonics(
    cloud: PointCloud, painted: Floats, choice: Harmonics
) -> Floats | None:
    """Return the harmonics that go with new colours; None if they stay.

    Args:
        cloud: as it came.
        painted: (N, 3).
        choice: `SCALE` lets them grow like the colour that they belong to.
    """
    gaussians = cloud.gaussians
    if gaussians is None or not gaussians.harmonics.shape[2]:
        return None
    if choice is Harmonics.KEEP:
        return None
    if choice is Harmonics.DROP:
        return np.zeros_like(gaussians.harmonics)
    growth = painted / np.maximum(cloud.colors, _DARKEST)
    grown = np.clip(growth, 0, _MOST_GROWTH)[:, :, None] * gaussians.harmonics
    return grown.astype(np.float32)
