"""Reads clouds from files and writes the same files with other colours."""

from app.contract.kinds.pointcloud.choices import CloudFormat
from app.contract.kinds.pointcloud.las import MAGIC as LAS_MAGIC
from app.contract.kinds.pointcloud.las import read_las_header
from app.contract.kinds.pointcloud.ply import MAGIC
from worker.engine.pointcloud.cloud import PointCloud
from worker.engine.pointcloud.formats.las import read_las
from worker.engine.pointcloud.formats.ply import read_ply
from worker.engine.pointcloud.formats.splat import read_splat

_READERS = {
    CloudFormat.PLY: read_ply,
    CloudFormat.SPLAT: read_splat,
    CloudFormat.LAS: read_las,
    CloudFormat.LAZ: read_las,
}


def format_of(content: bytes) -> CloudFormat:
    """Return what a file is; what has no name for itself is taken for a splat.

    Raises:
        UnreadableCloudError: the header of a LAS file is broken.
    """
    if content.startswith(LAS_MAGIC):
        is_compressed = read_las_header(content).is_compressed
        return CloudFormat.LAZ if is_compressed else CloudFormat.LAS
    return CloudFormat.PLY if content.startswith(MAGIC) else CloudFormat.SPLAT


def read_cloud(content: bytes) -> PointCloud:
    """Return the cloud that a file holds.

    Raises:
        UnreadableCloudError: the file is broken.
    """
    return _READERS[format_of(content)](content)
