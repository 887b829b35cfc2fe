"""LAS and LAZ files, as surveyors have them: only the 16-bit colours differ.

Of a LAS file the bytes of the colours are replaced where they stand; a LAZ file is
unpacked and packed again by laspy.
"""

import io

import numpy as np
from numpy.typing import NDArray

from app.contract.kinds.pointcloud.las import LasHeader, read_las_header
from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from worker.cloudfile.cloud import Floats, PointCloud

#: Where no channel is brighter, colours were written as bytes.
_BYTE, _WHOLE = 255.0, 65535.0


def read_las(content: bytes) -> PointCloud:
    """Return the points of a LAS or LAZ file.

    Raises:
        UnreadableCloudError: the file is broken, or its points have no colours.
    """
    header = read_las_header(content)
    return _packed(content) if header.is_compressed else _plain(content, header)


def _plain(content: bytes, header: LasHeader) -> PointCloud:
    end = header.start + header.count * header.record_bytes
    if end > len(content):
        raise UnreadableCloudError(
            f"byte {len(content)}: the file ends before its {header.count} points do"
        )
    raw = np.frombuffer(content, np.uint8)
    steps = _view(raw, header, 0, "<i4").astype(np.float64)
    levels = _view(raw, header, header.color_offset, "<u2").astype(np.float32)
    highest = _highest(levels)

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics
        copy = raw.copy()
        view = _view(copy, header, header.color_offset, "<u2")
        view[:] = np.rint(np.clip(painted, 0, 1) * highest).astype(np.uint16)
        return copy.tobytes()

    positions = steps * np.array(header.scales) + np.array(header.offsets)
    colors = (levels / highest).astype(np.float32)
    return PointCloud(positions, colors, None, write)


def _view(
    raw: NDArray[np.uint8], header: LasHeader, offset: int, dtype: str
) -> NDArray[np.integer]:
    """Return three neighbouring values of each point, (N, 3), where they stand."""
    kind = np.dtype(dtype)
    strides = (header.record_bytes, kind.itemsize)
    start = header.start + offset
    return np.ndarray((header.count, 3), kind, raw.data, start, strides)


def _packed(content: bytes) -> PointCloud:
    # It opens a socket when it is imported, and few files need it.
    import laspy  # noqa: PLC0415
    import lazrs  # noqa: PLC0415

    try:
        las = laspy.read(io.BytesIO(content))
    except (laspy.errors.LaspyException, lazrs.LazrsError, ValueError) as error:
        raise UnreadableCloudError(f"the compressed points: {error}") from error
    levels = np.stack([las.red, las.green, las.blue], axis=1).astype(np.float32)
    highest = _highest(levels)

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics
        values = np.rint(np.clip(painted, 0, 1) * highest).astype(np.uint16)
        las.red, las.green, las.blue = values.T
        file = io.BytesIO()
        las.write(file, do_compress=True)
        return file.getvalue()

    colors = (levels / highest).astype(np.float32)
    return PointCloud(las.xyz.astype(np.float64), colors, None, write)


def _highest(levels: Floats) -> float:
    """Return the value that means full light."""
    return _BYTE if levels.size and levels.max() <= _BYTE else _WHOLE
