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
    Slot(
        name="cameras",
        noun="file of cameras",
        description="Cameras to paint from, in the cloud's coordinates: cameras.json "
        "of 3D Gaussian Splatting, transforms.json of nerfstudio, cameras.txt and "
        "images.txt of COLMAP in one file, or our own form. Ours if left out.",
        medium=Medium.CAMERAS,
        is_later=True,
    ),
)
