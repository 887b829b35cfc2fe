"""Looks at a point cloud before it is accepted: header, length, then the places.

The header's numbers are judged before a byte of the body is read.
"""

from collections.abc import Iterator
from typing import BinaryIO

from app.contract.inputs import Facts
from app.contract.kinds.pointcloud.choices import (
    CLOUD_TYPES,
    MEDIA_TYPES,
    CloudFormat,
)
from app.contract.kinds.pointcloud.las import MAGIC as LAS_MAGIC
from app.contract.kinds.pointcloud.las import read_las_header
from app.contract.kinds.pointcloud.limits import MIN_POINTS
from app.contract.kinds.pointcloud.npz import is_npz, opened_npz, read_npz_header
from app.contract.kinds.pointcloud.ply import (
    MAGIC,
    MAX_HEADER_BYTES,
    Encoding,
    PlyHeader,
    UnreadableCloudError,
    read_ply_header,
)
from app.contract.kinds.pointcloud.splat import ROW_BYTES
from app.contract.kinds.pointcloud.table import TableHeader, read_table_header
from app.intake.foreign import FOREIGN_HEAD_BYTES, UNKNOWN, foreign_kind_of
from app.intake.kinds import HEAD_BYTES, kind_of
from app.intake.pointclouds import extents, places
from app.intake.pointclouds.rules import CloudRules
from app.intake.pointclouds.tables import TablePlaces, of_npz
from app.problems import ProblemCode, ProblemError, refuse, too_large

#: For messages.
_FORMATS = (
    "PLY (points, meshes, Gaussian splats), .splat, LAS, LAZ, XYZ, PTS, CSV and NPZ"
)


def inspect_cloud(
    file: BinaryIO, *, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    """Return the media type of a cloud, and what is known of it.

    Raises:
        ProblemError: `upload_too_large`, `unsupported_pointcloud_type`,
            `pointcloud_unreadable`, `pointcloud_empty`, `pointcloud_too_many_points`
            or `pointcloud_degenerate`.
    """
    length = file.seek(0, 2)
    if length > rules.max_bytes:
        detail = f"{field} has {length} bytes; {rules.max_bytes} are allowed."
        raise too_large(detail, rules.max_bytes, length, pointer=f"/{field}")
    file.seek(0)
    head = file.read(MAX_HEADER_BYTES)
    try:
        if head.startswith(MAGIC):
            return _ply(file, head, length, field, rules)
        if head.startswith(LAS_MAGIC):
            return _las(file, head, length, field, rules)
        if is_npz(head):
            return _npz(file, length, field, rules)
        table = read_table_header(head)
        if table is not None:
            return _table(file, table, length, field, rules)
        return _splat(file, head, length, field, rules)
    except UnreadableCloudError as error:
        detail = f"{field} cannot be read: {error}."
        raise _problem(field, detail, ProblemCode.POINTCLOUD_UNREADABLE) from error


def looks_like_cloud(head: bytes, media_type: str) -> bool:
    """Tell whether a file of these first bytes, and of this type, may be a cloud."""
    is_named = head.startswith((MAGIC, LAS_MAGIC)) or is_npz(head)
    return is_named or media_type in {*CLOUD_TYPES, "text/csv"} or _is_table(head)


def _is_table(head: bytes) -> bool:
    try:
        return read_table_header(head) is not None
    except UnreadableCloudError:
        return True


def _ply(
    file: BinaryIO, head: bytes, length: int, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    header = read_ply_header(head)
    count = header.vertex.count
    _require_count(count, field, rules, gaussians=header.is_splat)
    _require_length(header, length)
    file.seek(0)
    _require_places(places.of_ply(file, header), count, field)
    facts = _facts(CloudFormat.PLY, count, length, gaussians=header.is_splat)
    return MEDIA_TYPES[CloudFormat.PLY], facts


def _las(
    file: BinaryIO, head: bytes, length: int, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    header = read_las_header(head)
    _require_count(header.count, field, rules, gaussians=False)
    form = CloudFormat.LAZ if header.is_compressed else CloudFormat.LAS
    least = header.start + header.count * header.record_bytes
    if header.is_compressed:
        found = places.of_bounds(header)
    elif length < least:
        raise UnreadableCloudError(
            f"byte {length}: the file ends here; {header.count} points end at {least}"
        )
    else:
        found = places.of_las(file, header)
    _require_places(found, header.count, field)
    return MEDIA_TYPES[form], _facts(form, header.count, length, gaussians=False)


def _npz(
    file: BinaryIO, length: int, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    with opened_npz(file) as archive:
        header = read_npz_header(archive)
        _require_count(header.count, field, rules, gaussians=False)
        _require_places(of_npz(archive, header), header.count, field)
    facts = _facts(CloudFormat.NPZ, header.count, length, gaussians=False)
    return MEDIA_TYPES[CloudFormat.NPZ], {**facts, "columns": [*header.told]}


def _table(
    file: BinaryIO, header: TableHeader, length: int, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    if header.promised is not None:
        _require_count(header.promised, field, rules, gaussians=False)
    found = TablePlaces(file, header, rules.max_points)
    extent = extents.extent_of(found.chunks())
    _require_count(found.count, field, rules, gaussians=False)
    _require_extent(extent, found.count, field)
    facts = _facts(header.form, found.count, length, gaussians=False)
    return MEDIA_TYPES[header.form], {**facts, "columns": [*header.columns]}


def _splat(
    file: BinaryIO, head: bytes, length: int, field: str, rules: CloudRules
) -> tuple[str, Facts]:
    """Return a file without a header as Gaussians, if it can be that."""
    picture = kind_of(head[:HEAD_BYTES])
    known = foreign_kind_of(head[:FOREIGN_HEAD_BYTES])
    foreign = known if picture is None else f"a picture ({picture.label})"
    if length == 0:
        raise _problem(field, f"{field} is empty.", ProblemCode.POINTCLOUD_EMPTY)
    if foreign != UNKNOWN or length % ROW_BYTES or not places.may_be_splat(head):
        detail = f"{field} is {foreign}; {_FORMATS} are allowed."
        code = ProblemCode.UNSUPPORTED_POINTCLOUD_TYPE
        raise refuse(f"/{field}", detail, code, _FORMATS, foreign)
    count = length // ROW_BYTES
    _require_count(count, field, rules, gaussians=True)
    file.seek(0)
    _require_places(places.of_splat(file, count), count, field)
    facts = _facts(CloudFormat.SPLAT, count, length, gaussians=True)
    return MEDIA_TYPES[CloudFormat.SPLAT], facts


def _facts(form: CloudFormat, count: int, length: int, *, gaussians: bool) -> Facts:
    return {
        "format": str(form),
        "points": count,
        "gaussians": gaussians,
        "bytes": length,
    }


def _require_count(
    count: int, field: str, rules: CloudRules, *, gaussians: bool
) -> None:
    most, what = rules.most(gaussians=gaussians), "Gaussians" if gaussians else "points"
    if count == 0:
        raise _problem(field, f"{field} has no points.", ProblemCode.POINTCLOUD_EMPTY)
    if count > most:
        detail = f"{field} has {count} {what}; {most} are allowed."
        code = ProblemCode.POINTCLOUD_TOO_MANY_POINTS
        actual = count if count < 2**53 else str(count)
        raise refuse(f"/{field}", detail, code, most, actual)


def _require_length(header: PlyHeader, length: int) -> None:
    """Refuse a header that says more, or less, than the file holds."""
    least = header.least_bytes
    if length < least:
        raise UnreadableCloudError(
            f"byte {length}: the file ends here; what the header says takes at least "
            f"{least} bytes"
        )
    is_fixed = not any(each.has_lists for each in header.elements)
    if header.encoding is not Encoding.ASCII and is_fixed and length > least:
        raise UnreadableCloudError(
            f"byte {least}: {length - least} bytes follow that the header does not say"
        )


def _require_places(found: Iterator[extents.Axes], count: int, field: str) -> None:
    _require_extent(extents.extent_of(found), count, field)


def _require_extent(extent: extents.Extent, count: int, field: str) -> None:
    code = ProblemCode.POINTCLOUD_DEGENERATE
    if extent.bad is not None:
        detail = f"{field}: the place of point {extent.bad} is not finite."
        raise _problem(field, detail, code)
    if count < MIN_POINTS:
        detail = f"{field} has {count} points; a surface takes {MIN_POINTS}."
        raise refuse(f"/{field}", detail, code, MIN_POINTS, count)
    if extent.is_point:
        raise _problem(field, f"{field}: all points are in one place.", code)
    if extent.is_line:
        raise _problem(field, f"{field}: all points are in one line.", code)


def _problem(field: str, detail: str, code: ProblemCode) -> ProblemError:
    return refuse(f"/{field}", detail, code)
