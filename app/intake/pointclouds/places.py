"""Where the points of a cloud are: read in chunks, so that no file takes memory.

Only what costs little is looked for: a place that is no number, a cloud without extent.
"""

import itertools
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeAlias

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

_CHUNK = 2**14
#: Beyond this a square is no number in single precision.
_FARTHEST = 1e15
#: Points of each chunk that tell whether all lie in one line.
_LOOKED_AT = 24
_GOLDEN = (math.sqrt(5) - 1) / 2
#: Of the extent: what is no farther from a line lies in it.
_LINE = 1e-6
_LONGEST_ECHO = 40

Point: TypeAlias = tuple[float, float, float]
Chunk: TypeAlias = Sequence[Point]


@dataclass(frozen=True)
class Extent:
    """How far a cloud reaches.

    Attributes:
        bad: the first point whose place is no number, from 0.
        is_point: whether all points are in one place.
        is_line: whether they are in one line.
    """

    bad: int | None
    is_point: bool
    is_line: bool


def extent_of(chunks: Iterator[Chunk]) -> Extent:
    """Return the extent; no more is read once a place is no number."""
    count = 0
    low, high = [math.inf] * 3, [-math.inf] * 3
    looked_at: list[Point] = []
    for chunk in chunks:
        axes = tuple(zip(*chunk, strict=True))
        # The least and the greatest of numbers with a NaN may be any of them.
        if not all(math.isfinite(sum(axis)) for axis in axes):
            bad = next((n for n, p in enumerate(chunk) if not _is_sound(p)), None)
            if bad is not None:
                return Extent(count + bad, is_point=False, is_line=False)
        low = [min(each, *axis) for each, axis in zip(low, axes, strict=True)]
        high = [max(each, *axis) for each, axis in zip(high, axes, strict=True)]
        if max(*high, *(-each for each in low)) > _FARTHEST:
            bad = next(n for n, p in enumerate(chunk) if not _is_sound(p))
            return Extent(count + bad, is_point=False, is_line=False)
        # Every so many of a grid's points lie in one line, so they are taken unevenly.
        parts = (number * _GOLDEN % 1 for number in range(_LOOKED_AT))
        looked_at += [chunk[int(part * len(chunk))] for part in parts]
        count += len(chunk)
    return Extent(None, is_point=low == high, is_line=_is_line(looked_at))


def _is_sound(point: Point) -> bool:
    return all(math.isfinite(each) and abs(each) <= _FARTHEST for each in point)


def _is_line(points: Sequence[Point]) -> bool:
    """Tell whether points lie in one line, or in one place."""
    if not points:
        return True
    first = points[0]
    far = max(points, key=lambda each: math.dist(first, each))
    length = math.dist(first, far)
    return all(_distance(each, first, far, length) <= _LINE * length for each in points)


def _distance(point: Point, first: Point, far: Point, length: float) -> float:
    """Return how far a point is from the line through two others."""
    if length == 0:
        return 0.0
    along = [(b - a) / length for a, b in zip(first, far, strict=True)]
    offset = [b - a for a, b in zip(first, point, strict=True)]
    part = (
        math.sumprod(along, offset)
        if hasattr(math, "sumprod")
        else sum(a * b for a, b in zip(along, offset, strict=True))
    )
    return math.dist(offset, [part * each for each in along])


def of_ply(file: BinaryIO, header: PlyHeader) -> Iterator[Chunk]:
    """Yield the places of a PLY file's points.

    Nothing comes of points, or of what stands before them, that have lists: where
    these end only the whole reading says.

    Raises:
        UnreadableCloudError: a line is no row of numbers.
    """
    if header.vertex.has_lists or any(each.has_lists for each in skipped(header)):
        return iter([[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)]])
    if header.encoding is Encoding.ASCII:
        return _of_lines(file, header)
    start = header.length + sum(e.count * e.row_bytes for e in skipped(header))
    file.seek(start)
    layout = struct.Struct(_layout(header.vertex, header.encoding.order))
    return _of_rows(file, layout, header.vertex.count, _order(header.vertex))


def _of_rows(
    file: BinaryIO, layout: struct.Struct, count: int, order: Sequence[int]
) -> Iterator[Chunk]:
    for start in range(0, count, _CHUNK):
        content = file.read(min(_CHUNK, count - start) * layout.size)
        found = layout.iter_unpack(content)
        x, y, z = order
        if (x, y, z) == (0, 1, 2):
            yield list(found)
        else:
            yield [(row[x], row[y], row[z]) for row in found]


def _layout(vertex: Element, order: str) -> str:
    """Return how `struct` reads the places of a row; all else is passed over."""
    parts = [
        each.code if each.name in PLACE else f"{SIZES[each.code]}x"
        for each in vertex.properties
    ]
    return order + "".join(parts)


def _order(vertex: Element) -> list[int]:
    """Return where x, y and z are among the three as they stand in a row."""
    standing = sorted(PLACE, key=vertex.index)
    return [standing.index(axis) for axis in PLACE]


def _of_lines(file: BinaryIO, header: PlyHeader) -> Iterator[Chunk]:
    file.seek(header.length)
    before = sum(each.count for each in skipped(header))
    lines = islice(file, before, before + header.vertex.count)
    columns = [header.vertex.index(axis) for axis in PLACE]
    row = Row(None, columns, len(header.vertex.properties))
    number, seen = header.lines + before, 0
    while chunk := list(islice(lines, _CHUNK)):
        yield [
            row.point(line, number + seen + n) for n, line in enumerate(chunk, start=1)
        ]
        seen += len(chunk)
    if seen < header.vertex.count:
        raise UnreadableCloudError(
            f"line {number + seen}: the file ends after {seen} of "
            f"{header.vertex.count} points"
        )


@dataclass(frozen=True)
class Row:
    """Where the place stands in a line.

    Attributes:
        delimiter: between values; None for blanks.
        columns: of x, y and z.
        width: values of a line.
    """

    delimiter: bytes | None
    columns: Sequence[int]
    width: int

    def point(self, line: bytes, number: int) -> Point:
        """Return the place that a line says, the `number`-th of the file from 1."""
        words = line.split(self.delimiter)
        if len(words) != self.width:
            count = len(words) if line.strip() else 0
            raise UnreadableCloudError(
                f"line {number}: {count} values came, {self.width} are due"
            )
        try:
            x, y, z = (float(words[column]) for column in self.columns)
        except ValueError as error:
            text = line.strip()[:_LONGEST_ECHO].decode("latin-1")
            raise UnreadableCloudError(
                f"line {number}: {text!r} has no place"
            ) from error
        return x, y, z


def of_splat(file: BinaryIO) -> Iterator[Chunk]:
    """Yield the places of a splat file's Gaussians."""
    layout = struct.Struct("<3f20x")
    while content := file.read(_CHUNK * ROW_BYTES):
        yield list(layout.iter_unpack(content))


def of_las(file: BinaryIO, header: LasHeader) -> Iterator[Chunk]:
    """Yield the places of a LAS file's points."""
    layout = struct.Struct(f"<3i{header.record_bytes - 12}x")
    (ax, ay, az), (bx, by, bz) = header.scales, header.offsets
    file.seek(header.start)
    for start in range(0, header.count, _CHUNK):
        rows = file.read(min(_CHUNK, header.count - start) * layout.size)
        found = layout.iter_unpack(rows)
        yield [(x * ax + bx, y * ay + by, z * az + bz) for x, y, z in found]


def of_bounds(header: LasHeader) -> Iterator[Chunk]:
    """Yield the corners of what a header says: compressed points are not unpacked."""
    corners = itertools.product(*zip(header.low, header.high, strict=True))
    yield [(x, y, z) for x, y, z in corners]


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
