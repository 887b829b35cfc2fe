"""What a painted cloud is made from: a cloud and paintings."""

from app.contract.painting.slots import STYLES
from app.contract.slots import Medium, Slot

SLOTS = (
    Slot(
        name="content",
        noun="point cloud",
        description="The cloud: PLY with points or Gaussian splats, .splat, LAS, LAZ, "
        "XYZ, PTS, CSV, NPZ.",
        medium=Medium.POINTCLOUD,
        least=1,
        missing="missing_content",
        endings=(
            *(".ply", ".splat", ".las", ".laz", ".npz"),
            *(".xyz", ".xyzrgb", ".pts", ".csv", ".asc"),
        ),
    ),
    STYLES,
)
