"""`.splat` files: 32 bytes a Gaussian, colours in bytes, no harmonics."""

import numpy as np

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from app.contract.kinds.pointcloud.splat import (
    COLOR_OFFSET,
    ROTATION_OFFSET,
    ROW_BYTES,
    SCALE_OFFSET,
)
from worker.cloudfile.cloud import Floats, Gaussians, PointCloud
from worker.cloudfile.formats.ply import unit_quaternions


def read_splat(content: bytes) -> PointCloud:
    """Return the Gaussians of a file.

    Raises:
        UnreadableCloudError: its length is none of a splat.
    """
    if not content or len(content) % ROW_BYTES:
        raise UnreadableCloudError(
            f"byte {len(content)}: a splat file has {ROW_BYTES} bytes a Gaussian"
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, ROW_BYTES)
    levels = rows[:, COLOR_OFFSET : COLOR_OFFSET + 4]
    colors: Floats = np.asarray(levels / 255, np.float32)
    turned = rows[:, ROTATION_OFFSET:].astype(np.float64) - 128
    gaussians = Gaussians(
        scales=np.nan_to_num(np.abs(_floats(rows, SCALE_OFFSET))),
        rotations=unit_quaternions(turned / 128),
        opacities=colors[:, 3],
        harmonics=np.empty((len(rows), 3, 0), np.float32),
    )

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics  # the format has none
        copy = rows.copy()
        levels = np.rint(np.clip(painted, 0, 1) * 255).astype(np.uint8)
        copy[:, COLOR_OFFSET : COLOR_OFFSET + 3] = levels
        return copy.tobytes()

    positions = _floats(rows, 0).astype(np.float64)
    return PointCloud(positions, colors[:, :3], gaussians, write)


def _floats(
    rows: np.ndarray[tuple[int, int], np.dtype[np.uint8]], start: int
) -> Floats:
    """Return the three little-endian floats that begin there, (N, 3)."""
    return np.ascontiguousarray(rows[:, start : start + 12]).view("<f4").astype("f4")
