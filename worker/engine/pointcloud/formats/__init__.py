"""Reads clouds from files and writes the same files with other colours."""

from app.contract.kinds.pointcloud.choices import CloudFormat
from app.contract.kinds.pointcloud.ply import MAGIC
from worker.engine.pointcloud.cloud import PointCloud
from worker.engine.pointcloud.formats.ply import read_ply
from worker.engine.pointcloud.formats.splat import read_splat

_READERS = {CloudFormat.PLY: read_ply, CloudFormat.SPLAT: read_splat}


def format_of(content: bytes) -> CloudFormat:
    """Return what a file is; what is no PLY is taken for a splat."""
    return CloudFormat.PLY if content.startswith(MAGIC) else CloudFormat.SPLAT


def read_cloud(content: bytes) -> PointCloud:
    """Return the cloud that a file holds.

    Raises:
        UnreadableCloudError: the file is broken.
    """
    return _READERS[format_of(content)](content)
