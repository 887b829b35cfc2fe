"""Reads clouds from files and writes the same files with other colours."""

from app.contract.kinds.pointcloud.choices import CloudFormat
from app.contract.kinds.pointcloud.las import MAGIC as LAS_MAGIC
from app.contract.kinds.pointcloud.las import read_las_header
from app.contract.kinds.pointcloud.npz import is_npz
from app.contract.kinds.pointcloud.ply import MAGIC
from app.contract.kinds.pointcloud.table import TABLE_HEAD_BYTES, read_table_header
from worker.cloudfile.cloud import PointCloud
from worker.cloudfile.formats.las import read_las
from worker.cloudfile.formats.npz import read_npz
from worker.cloudfile.formats.ply import read_ply
from worker.cloudfile.formats.splat import read_splat
from worker.cloudfile.formats.table import read_table

_READERS = {
    CloudFormat.PLY: read_ply,
    CloudFormat.SPLAT: read_splat,
    CloudFormat.LAS: read_las,
    CloudFormat.LAZ: read_las,
    CloudFormat.XYZ: read_table,
    CloudFormat.PTS: read_table,
    CloudFormat.CSV: read_table,
    CloudFormat.NPZ: read_npz,
}


def format_of(content: bytes) -> CloudFormat:
    """Return what a file is; what has no name for itself is taken for a splat.

    Raises:
        UnreadableCloudError: the header of a LAS file or of a text is broken.
    """
    if content.startswith(LAS_MAGIC):
        is_compressed = read_las_header(content).is_compressed
        return CloudFormat.LAZ if is_compressed else CloudFormat.LAS
    if content.startswith(MAGIC):
        return CloudFormat.PLY
    if is_npz(content):
        return CloudFormat.NPZ
    table = read_table_header(content[:TABLE_HEAD_BYTES])
    return CloudFormat.SPLAT if table is None else table.form


def read_cloud(content: bytes) -> PointCloud:
    """Return the cloud that a file holds.

    Raises:
        UnreadableCloudError: the file is broken.
    """
    return _READERS[format_of(content)](content)
