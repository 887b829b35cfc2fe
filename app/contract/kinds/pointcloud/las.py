"""Headers of LAS and LAZ files: how many points, where they begin, where colours stand.

Standard library alone, as `ply`. Source: ASPRS, "LAS Specification 1.4 - R15".
"""

import struct
from dataclasses import dataclass

from app.contract.kinds.pointcloud.ply import UnreadableCloudError

MAGIC = b"LASF"
#: Where red begins in a point record, by its format; the others have no colours.
COLOR_OFFSETS = {2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}
#: So many bytes a header of version 1.4 has; older ones are shorter.
HEADER_BYTES = 375
_OLD_HEADER_BYTES = 227
#: In the byte of the point format: the points are compressed.
_COMPRESSED = 0x80
_FORMAT = 0x3F


@dataclass(frozen=True)
class LasHeader:
    """What a header says.

    Attributes:
        is_compressed: whether it is LAZ.
        start: where the points begin, in bytes.
        record_bytes: of a point, uncompressed.
        count: of points.
        color_offset: where red begins in a record; green and blue follow.
        scales: of the whole numbers that x, y and z are stored as.
        offsets: added to them.
        low: the least place, as the header says.
        high: the greatest.
    """

    is_compressed: bool
    start: int
    record_bytes: int
    count: int
    color_offset: int
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def read_las_header(head: bytes) -> LasHeader:
    """Return what the header at the beginning of a file says.

    Raises:
        UnreadableCloudError: it ends too early, or its points have no colours.
    """
    if len(head) < _OLD_HEADER_BYTES:
        raise UnreadableCloudError(f"byte {len(head)}: the header ends here")
    minor = head[25]
    start, kind, record_bytes, old_count = struct.unpack_from("<I4xBHI", head, 96)
    form, count = kind & _FORMAT, old_count
    if minor >= 4 and len(head) >= HEADER_BYTES:
        (count,) = struct.unpack_from("<Q", head, 247)
    if form not in COLOR_OFFSETS:
        allowed = ", ".join(map(str, COLOR_OFFSETS))
        raise UnreadableCloudError(
            f"byte 104: points of format {form} have no colours; {allowed} have"
        )
    if record_bytes < COLOR_OFFSETS[form] + 6:
        raise UnreadableCloudError(
            f"byte 105: a point of {record_bytes} bytes is too short for format {form}"
        )
    bounds = struct.unpack_from("<6d", head, 179)
    return LasHeader(
        is_compressed=bool(kind & _COMPRESSED),
        start=start,
        record_bytes=record_bytes,
        count=count,
        color_offset=COLOR_OFFSETS[form],
        scales=struct.unpack_from("<3d", head, 131),
        offsets=struct.unpack_from("<3d", head, 155),
        low=bounds[1::2],
        high=bounds[::2],
    )
