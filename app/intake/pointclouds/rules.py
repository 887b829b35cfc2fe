"""The limits of a point cloud."""

from dataclasses import dataclass

from app.contract.kinds.pointcloud.limits import (
    MAX_CLOUD_BYTES,
    MAX_GAUSSIANS,
    MAX_POINTS,
)


@dataclass(frozen=True, kw_only=True)
class CloudRules:
    """How large a cloud may be."""

    max_bytes: int = MAX_CLOUD_BYTES
    max_points: int = MAX_POINTS
    max_gaussians: int = MAX_GAUSSIANS

    def most(self, *, gaussians: bool) -> int:
        """Return how many points there may be, or how many Gaussians."""
        return self.max_gaussians if gaussians else self.max_points
