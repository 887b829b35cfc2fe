"""Where the points are of files without a fixed header: texts, and NumPy's archives.

How many there are is known of a text when it was read; so reading ends where there are
more than are allowed.
"""

import struct
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from app.contract.kinds.pointcloud.npz import CODES, Archive
from app.contract.kinds.pointcloud.ply import PLACE, UnreadableCloudError
from app.contract.kinds.pointcloud.table import TableHeader
from app.intake.pointclouds.extents import Axes
from app.intake.pointclouds.places import unpacked
from app.intake.pointclouds.rows import Row

_CHUNK = 2**14


class TablePlaces:
    """The places of a text's points.

    Args:
        file: of the text.
        header: of it.
        most: reading ends with more points than these.

    Attributes:
        count: so many were read.
    """

    def __init__(self, file: BinaryIO, header: TableHeader, most: int) -> None:
        self._file, self._header, self._most = file, header, most
        self.count = 0

    def chunks(self) -> Iterator[Axes]:
        """Yield the places.

        Raises:
            UnreadableCloudError: a line is no point, or there are not as many as the
                file says.
        """
        header = self._header
        row = Row(
            header.delimiter, [header.index(a) for a in PLACE], len(header.columns)
        )
        self._file.seek(header.length)
        while self.count <= self._most:
            lines = list(islice(self._file, _CHUNK))
            rows = lines if len(lines) == _CHUNK else _without_end(lines)
            if rows:
                first = header.lines + self.count + 1
                self.count += len(rows)
                yield row.axes(rows, first)
            if len(lines) < _CHUNK:
                self._require_promised()
                return

    def _require_promised(self) -> None:
        promised = self._header.promised
        if promised is not None and promised != self.count:
            raise UnreadableCloudError(
                f"line {self._header.lines}: it says {promised} points, and "
                f"{self.count} follow"
            )


def _without_end(lines: list[bytes]) -> list[bytes]:
    """Return lines without empty ones at the end of the file."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def of_npz(archive: zipfile.ZipFile, header: Archive) -> Iterator[Axes]:
    """Yield the places of an archive's points, read as they are unpacked."""
    places = header.places
    code, size = CODES[places.kind]
    count, width = places.shape
    with archive.open(f"{places.name}.npy") as file:
        file.read(places.start)
        if places.is_fortran:
            columns = [file.read(count * size) for _ in PLACE]
            axis = f"{places.order}{count}{code}"
            x, y, z = (struct.unpack(axis, column) for column in columns)
            yield x, y, z
            return
        layout = f"3{code}{(width - 3) * size}x"
        yield from unpacked(file, layout, count, places.order)
