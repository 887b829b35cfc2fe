"""Where the points of a cloud are: read in chunks, so that no file takes memory.

All x, all y, all z of a chunk, and no tuple a point: two million points take seconds.
"""

import itertools
import math
import struct
from collections.abc import Iterator
from itertools import islice
from typing import IO, BinaryIO

from app.contract.kinds.pointcloud.las import LasHeader
from app.contract.kinds.pointcloud.ply import (
    PLACE,
    SIZES,
    Element,
    Encoding,
    PlyHeader,
    UnreadableCloudError,
    skipped,
)
from app.contract.kinds.pointcloud.splat import ROW_BYTES
from app.intake.pointclouds.extents import Axes
from app.intake.pointclouds.rows import Row

#: Points that are read at once.
_CHUNK = 2**14


def of_ply(file: BinaryIO, header: PlyHeader) -> Iterator[Axes]:
    """Yield the places of a PLY file's points.

    Nothing comes of points, or of what stands before them, that have lists: where
    these end only the whole reading says.

    Raises:
        UnreadableCloudError: a line is no row of numbers.
    """
    if header.vertex.has_lists or any(each.has_lists for each in skipped(header)):
        return iter([((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0))])
    if header.encoding is Encoding.ASCII:
        return _of_lines(file, header)
    return _of_binary(file, header)


def _of_binary(file: BinaryIO, header: PlyHeader) -> Iterator[Axes]:
    file.seek(header.length + sum(e.count * e.row_bytes for e in skipped(header)))
    layout, order = _layout(header.vertex), _order(header.vertex)
    count = header.vertex.count
    for axes in unpacked(file, layout, count, header.encoding.order):
        x, y, z = (axes[place] for place in order)
        yield x, y, z


def unpacked(
    file: BinaryIO | IO[bytes], layout: str, count: int, order: str
) -> Iterator[Axes]:
    """Yield three numbers of each row.

    Args:
        file: at the first row.
        layout: as `struct` reads the three of a row; all else is passed over.
        count: of rows.
        order: of bytes, as `struct` writes it.
    """
    size = struct.calcsize(order + layout)
    # Of one layout for many rows: a tuple a row would take longer than all the rest.
    many = struct.Struct(order + layout * _CHUNK)
    for start in range(0, count, _CHUNK):
        rows = min(_CHUNK, count - start)
        if rows < _CHUNK:
            many = struct.Struct(order + layout * rows)
        values = many.unpack(file.read(rows * size))
        yield values[0::3], values[1::3], values[2::3]


def _layout(vertex: Element) -> str:
    """Return how `struct` reads the places of a row; all else is passed over."""
    parts = [
        each.code if each.name in PLACE else f"{SIZES[each.code]}x"
        for each in vertex.properties
    ]
    return "".join(parts)


def _order(vertex: Element) -> list[int]:
    """Return where x, y and z are among the three as they stand in a row."""
    standing = sorted(PLACE, key=vertex.index)
    return [standing.index(axis) for axis in PLACE]


def _of_lines(file: BinaryIO, header: PlyHeader) -> Iterator[Axes]:
    file.seek(header.length)
    before = sum(each.count for each in skipped(header))
    lines = islice(file, before, before + header.vertex.count)
    columns = [header.vertex.index(axis) for axis in PLACE]
    row = Row(None, columns, len(header.vertex.properties))
    number, seen = header.lines + before, 0
    while chunk := list(islice(lines, _CHUNK)):
        yield row.axes(chunk, number + seen + 1)
        seen += len(chunk)
    if seen < header.vertex.count:
        raise UnreadableCloudError(
            f"line {number + seen}: the file ends after {seen} of "
            f"{header.vertex.count} points"
        )


def of_splat(file: BinaryIO, count: int) -> Iterator[Axes]:
    """Yield the places of a splat file's Gaussians."""
    return unpacked(file, f"3f{ROW_BYTES - 12}x", count, "<")


def of_las(file: BinaryIO, header: LasHeader) -> Iterator[Axes]:
    """Yield the places of a LAS file's points."""
    layout = f"3i{header.record_bytes - 12}x"
    file.seek(header.start)
    for axes in unpacked(file, layout, header.count, "<"):
        x, y, z = (
            [value * scale + offset for value in axis]
            for axis, scale, offset in zip(
                axes, header.scales, header.offsets, strict=True
            )
        )
        yield x, y, z


def of_bounds(header: LasHeader) -> Iterator[Axes]:
    """Yield the corners of what a header says: compressed points are not unpacked."""
    corners = itertools.product(*zip(header.low, header.high, strict=True))
    x, y, z = zip(*corners, strict=True)
    yield x, y, z


def may_be_splat(head: bytes) -> bool:
    """Tell whether the first rows are Gaussians: sizes above 0, turns of length 1."""
    layout = struct.Struct("<3f3f4x4B")
    rows = [*layout.iter_unpack(head[: len(head) // ROW_BYTES * ROW_BYTES])][:64]
    sound = [
        row
        for row in rows
        if all(math.isfinite(each) for each in row[:6])
        and min(row[3:6]) >= 0
        and 0.5 < math.hypot(*(each - 128 for each in row[6:])) / 128 < 1.5
    ]
    return len(sound) > len(rows) // 2
