"""What is accepted as a point cloud: looked at without numpy, kept as it is."""

from app.intake.pointclouds.inspection import inspect_cloud, looks_like_cloud
from app.intake.pointclouds.rules import CloudRules

__all__ = ["CloudRules", "inspect_cloud", "looks_like_cloud"]
