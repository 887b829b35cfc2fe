"""PLY files: coloured points, meshes whose vertices are painted, Gaussian splats.

The file comes back with the same header, order, properties and byte order; only the
colours differ. A file of points without colours gets three properties more.
"""

from typing import Protocol

import numpy as np

from app.contract.kinds.pointcloud.ply import (
    PLACE,
    SPLAT_COLOR,
    Encoding,
    PlyHeader,
    UnreadableCloudError,
    read_ply_header,
)
from worker.cloudfile.cloud import (
    Doubles,
    Floats,
    Gaussians,
    PointCloud,
    Writer,
)
from worker.cloudfile.formats.ascii_rows import AsciiRows
from worker.cloudfile.formats.binary_rows import BinaryRows
from worker.cloudfile.formats.levels import GREY, highest_float
from worker.cloudfile.spherical_harmonics import DEGREE_0

#: Coefficients above degree 0, by their number: of degrees 1, 2 and 3.
_HARMONICS = (0, 3, 8, 15)


class Rows(Protocol):
    """The points of a file."""

    def column(self, name: str) -> Doubles:
        """Return the values of a scalar property, (N,)."""

    def replaced(self, columns: dict[str, Doubles]) -> bytes:
        """Return the file with other values in these columns."""

    def extended(self, columns: dict[str, Doubles], header: bytes) -> bytes:
        """Return the file with a new header and columns at the end."""


def read_ply(content: bytes) -> PointCloud:
    """Return the points or Gaussians of a file.

    Raises:
        UnreadableCloudError: header or body is broken.
    """
    header = read_ply_header(content)
    is_ascii = header.encoding is Encoding.ASCII
    rows: Rows = AsciiRows(content, header) if is_ascii else BinaryRows(content, header)
    positions = _columns(rows, PLACE)
    if header.is_splat:
        return _splats(header, rows, positions)
    names = header.color_names
    if names is None:
        grey = np.full((len(positions), 3), GREY, np.float32)
        write = _extending_writer(content, header, rows)
        return PointCloud(positions, grey, None, write)
    highest = [_highest(rows.column(n), n, header.vertex.code(n)) for n in names]
    level = max(highest)
    colors = np.clip(_columns(rows, names) / level, 0, 1).astype(np.float32)

    def write_colors(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics  # points have none
        values = painted.astype(np.float64) * level
        return rows.replaced(dict(zip(names, values.T, strict=True)))

    return PointCloud(positions, colors, None, write_colors)


def _columns(rows: Rows, names: tuple[str, ...]) -> Doubles:
    return np.stack([rows.column(name) for name in names], axis=1)


def _highest(values: Doubles, name: str, code: str) -> float:
    """Return the value that means full light: by the type, of floats by their size."""
    if code == "H":
        return 65535.0
    if code not in "fd":
        return 255.0
    return highest_float(values[:, None], (name,))


def _extending_writer(content: bytes, header: PlyHeader, rows: Rows) -> Writer:
    if header.vertex.has_lists:
        raise UnreadableCloudError(
            "the points have lists and no colours: give them red, green and blue"
        )
    longer = _with_color_lines(content[: header.length])

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics
        values = painted.astype(np.float64) * 255
        names = ("red", "green", "blue")
        return rows.extended(dict(zip(names, values.T, strict=True)), longer)

    return write


def _with_color_lines(head: bytes) -> bytes:
    """Return a header whose points have red, green and blue as last properties."""
    lines = head.splitlines(keepends=True)
    words = [line.split()[:2] for line in lines]
    start = words.index([b"element", b"vertex"])
    last = max(
        n
        for n in range(start, len(lines))
        if words[n][:1] == [b"property"]
        and [b"element"] not in [w[:1] for w in words[start + 1 : n]]
    )
    end = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    added = [b"property uchar " + name + end for name in (b"red", b"green", b"blue")]
    return b"".join([*lines[: last + 1], *added, *lines[last + 1 :]])


def _splats(header: PlyHeader, rows: Rows, positions: Doubles) -> PointCloud:
    constant = _columns(rows, SPLAT_COLOR)
    names = _harmonic_names(header)
    rest = _columns(rows, names) if names else np.empty((len(positions), 0))
    # All of red, then of green, then of blue: as the trainers write them.
    harmonics = rest.reshape(len(positions), 3, -1).astype(np.float32)
    gaussians = Gaussians(
        scales=np.exp(
            np.clip(_columns(rows, ("scale_0", "scale_1", "scale_2")), -30, 30)
        ).astype(np.float32),
        rotations=unit_quaternions(
            _columns(rows, ("rot_0", "rot_1", "rot_2", "rot_3"))
        ),
        opacities=_sigmoid(rows.column("opacity")),
        harmonics=harmonics,
    )
    colors = np.clip(0.5 + DEGREE_0 * constant, 0, 1).astype(np.float32)

    def write(painted: Floats, changed: Floats | None) -> bytes:
        values = (painted.astype(np.float64) - 0.5) / DEGREE_0
        columns = dict(zip(SPLAT_COLOR, values.T, strict=True))
        if changed is not None and names:
            flat = changed.reshape(len(positions), -1).astype(np.float64)
            columns |= dict(zip(names, flat.T, strict=True))
        return rows.replaced(columns)

    return PointCloud(positions, colors, gaussians, write)


def _harmonic_names(header: PlyHeader) -> tuple[str, ...]:
    """Return `f_rest_0` and so on, as many as there are."""
    count = sum(e.name.startswith("f_rest_") for e in header.vertex.properties)
    names = tuple(f"f_rest_{number}" for number in range(count))
    if count not in {3 * each for each in _HARMONICS} or not header.vertex.has(*names):
        raise UnreadableCloudError(
            f"there are {count} properties f_rest_0, f_rest_1, …; 0, 9, 24 or 45 are "
            "allowed"
        )
    return names


def _sigmoid(logits: Doubles) -> Floats:
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-np.nan_to_num(logits)))).astype(np.float32)


def unit_quaternions(values: Doubles) -> Floats:
    """Return (N, 4) of length 1; what has no length turns nothing."""
    length = np.linalg.norm(np.nan_to_num(values), axis=1, keepdims=True)
    unit: Floats = np.asarray(
        np.nan_to_num(values) / np.maximum(length, 1e-12), np.float32
    )
    unit[length[:, 0] < 1e-12] = (1, 0, 0, 0)
    return unit
