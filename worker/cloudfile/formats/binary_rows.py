"""The points of a binary PLY: columns are read and written where they stand."""

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.contract.kinds.pointcloud.ply import (
    SIZES,
    Element,
    PlyHeader,
    UnreadableCloudError,
    skipped,
)
from worker.cloudfile.cloud import Doubles, Integers


class BinaryRows:
    """The rows of the element vertex.

    Args:
        content: the whole file.
        header: of it.

    Raises:
        UnreadableCloudError: the body ends too early.
    """

    def __init__(self, content: bytes, header: PlyHeader) -> None:
        self._content, self._header_length = content, header.length
        self._vertex = header.vertex
        self._order = header.encoding.order
        start = header.length
        for element in skipped(header):
            start, _ = self._walk(element, start)
        self.start = start
        if self._vertex.has_lists:
            self.end, self._offsets = self._walk(self._vertex, start)
        else:
            self.end, self._offsets = self._walk(self._vertex, start)[0], {}
        if self.end > len(content):
            raise self._truncated(len(content))

    def column(self, name: str) -> Doubles:
        """Return the values of a scalar property, (N,)."""
        raw = np.frombuffer(self._content, np.uint8)
        return self._view(raw, name).astype(np.float64)

    def replaced(self, columns: Mapping[str, Doubles]) -> bytes:
        """Return the file with other values in these columns."""
        raw = np.frombuffer(self._content, np.uint8).copy()
        for name, values in columns.items():
            cast = _cast(values, self._vertex.code(name), self._order)
            if name in self._offsets:
                size = cast.dtype.itemsize
                places = self._offsets[name][:, None] + np.arange(size)
                raw[places] = cast.view(np.uint8).reshape(-1, size)
            else:
                self._view(raw, name)[:] = cast
        return raw.tobytes()

    def extended(self, columns: Mapping[str, Doubles], header: bytes) -> bytes:
        """Return the file with a new header and bytes after each point's others.

        Args:
            columns: (N,) each, 0 to 255, in the order in which they follow.
            header: says so.
        """
        size = self._vertex.row_bytes
        rows = np.frombuffer(self._content, np.uint8)[self.start : self.end]
        added = [_cast(each, "B", "<")[:, None] for each in columns.values()]
        wide = np.concatenate([rows.reshape(-1, size), *added], axis=1)
        between = self._content[self._header_length : self.start]
        return b"".join((header, between, wide.tobytes(), self._content[self.end :]))

    def _view(self, raw: NDArray[np.uint8], name: str) -> NDArray[np.generic]:
        """Return a column of fixed rows as a view, of lists as a copy."""
        dtype = np.dtype(self._order + self._vertex.code(name))
        if name in self._offsets:
            places = self._offsets[name][:, None] + np.arange(dtype.itemsize)
            copy: NDArray[np.generic] = raw[places].view(dtype)[:, 0]
            return copy
        return np.ndarray(
            (self._vertex.count,),
            dtype,
            raw.data,
            self.start + self._vertex.offset(name),
            (self._vertex.row_bytes,),
        )

    def _walk(self, element: Element, start: int) -> tuple[int, dict[str, Integers]]:
        """Return where an element ends, and where scalars stand if it has lists."""
        if not element.has_lists:
            return start + element.count * element.row_bytes, {}
        scalars = [p.name for p in element.properties if p.count_code is None]
        offsets = {name: np.empty(element.count, np.int64) for name in scalars}
        for row in range(element.count):
            for each in element.properties:
                if each.count_code is None:
                    offsets[each.name][row] = start
                    start += SIZES[each.code]
                else:
                    count = self._list_length(start, each.count_code)
                    start += SIZES[each.count_code] + count * SIZES[each.code]
            if start > len(self._content):
                raise self._truncated(start)
        return start, offsets

    def _list_length(self, start: int, code: str) -> int:
        try:
            (count,) = struct.unpack_from(self._order + code, self._content, start)
        except struct.error as error:
            raise self._truncated(start) from error
        if count < 0:
            raise UnreadableCloudError(f"byte {start}: a list of {count} values")
        return int(count)

    def _truncated(self, byte: int) -> UnreadableCloudError:
        return UnreadableCloudError(
            f"byte {min(byte, len(self._content))}: the file ends before its "
            f"{self._vertex.count} points do"
        )


def _cast(values: Doubles, code: str, order: str) -> NDArray[np.generic]:
    """Return the values as a property has them; whole numbers are rounded."""
    dtype = np.dtype(order + code)
    if dtype.kind in "iu":
        bounds = np.iinfo(dtype)
        values = np.clip(np.rint(values), bounds.min, bounds.max)
    return np.ascontiguousarray(values.astype(dtype))
