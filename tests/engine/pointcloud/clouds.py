"""Small clouds and their files, made as other programs write them."""

import io
import struct
from collections.abc import Sequence

import laspy
import numpy as np

from worker.cloudfile.cloud import Floats, PointCloud
from worker.cloudfile.formats import read_cloud
from worker.cloudfile.spherical_harmonics import DEGREE_0

TORUS_POINTS = 1200
#: Where a survey lies, in metres.
AWAY = (500_000, 5_600_000, 100)


def torus(count: int = TORUS_POINTS, seed: int = 0) -> tuple[Floats, Floats]:
    """Places and colours of a ring that lies on the ground, evenly seeded."""
    random = np.random.default_rng(seed)
    along, around = random.uniform(0, 2 * np.pi, (2, count))
    breadth = 1 + 0.4 * np.cos(around)
    points = np.stack(
        [breadth * np.cos(along), breadth * np.sin(along), 0.4 * np.sin(around)], 1
    )
    colors = np.stack(
        [0.5 + 0.5 * np.cos(3 * along), 0.5 + 0.4 * np.sin(2 * around), 0 * along], 1
    )
    return points.astype(np.float32), np.clip(colors, 0, 1).astype(np.float32)


def ply(
    rows: Sequence[Sequence[float]],
    properties: Sequence[tuple[str, str]],
    encoding: str = "binary_little_endian",
    end: str = "\n",
    more: str = "",
    tail: bytes = b"",
) -> bytes:
    """A file of these rows; `properties` are names and types."""
    codes = {"uchar": "B", "ushort": "H", "float": "f", "double": "d", "int": "i"}
    lines = ["ply", f"format {encoding} 1.0", "comment kept as it is"]
    lines += [f"element vertex {len(rows)}"]
    lines += [f"property {kind} {name}" for name, kind in properties]
    lines += [*([more] if more else []), "end_header"]
    head = "".join(line + end for line in lines).encode()
    if encoding == "ascii":
        body = "".join(" ".join(f"{v:.7g}" for v in row) + end for row in rows)
        return head + body.encode() + tail
    order = ">" if "big" in encoding else "<"
    layout = struct.Struct(order + "".join(codes[kind] for _, kind in properties))
    packed = b"".join(
        layout.pack(
            *(v if k in "fd" else int(v) for v, k in zip(row, kinds, strict=True))
        )
        for row in rows
        for kinds in ["".join(codes[kind] for _, kind in properties)]
    )
    return head + packed + tail


def colored_ply(count: int = TORUS_POINTS) -> bytes:
    """The ring with colours in bytes."""
    points, colors = torus(count)
    rows = np.concatenate([points, np.rint(colors * 255)], axis=1)
    kinds = [(n, "float") for n in "xyz"]
    return ply(rows, [*kinds, *((n, "uchar") for n in ("red", "green", "blue"))])


def splat_ply(count: int = 400, harmonics: int = 9, seed: int = 0) -> bytes:
    """The ring as Gaussians of many shapes."""
    points, colors = torus(count)
    random = np.random.default_rng(seed)
    columns = {name: points[:, i] for i, name in enumerate("xyz")}
    for channel in range(3):
        columns[f"f_dc_{channel}"] = (colors[:, channel] - 0.5) / DEGREE_0
    for number in range(harmonics):
        columns[f"f_rest_{number}"] = random.normal(0, 0.1, count)
    columns["opacity"] = random.normal(1.5, 1.5, count)
    for axis in range(3):
        columns[f"scale_{axis}"] = np.log(random.uniform(0.02, 0.12, count))
    for part in range(4):
        columns[f"rot_{part}"] = random.normal(0, 1, count)
    rows = np.stack(list(columns.values()), axis=1)
    return ply(rows, [(name, "float") for name in columns])


def splat_file(count: int = 200) -> bytes:
    """The ring in 32 bytes a Gaussian."""
    points, colors = torus(count)
    rows = [
        struct.pack("<6f", *place, 0.05, 0.03, 0.08)
        + bytes([*(round(255 * c) for c in color), 230, 255, 128, 128, 128])
        for place, color in zip(points.tolist(), colors.tolist(), strict=True)
    ]
    return b"".join(rows)


def small_cloud() -> PointCloud:
    return read_cloud(colored_ply())


def las_file(count: int = 300, form: int = 7, *, is_packed: bool = False) -> bytes:
    """The ring as a surveyor's tile, with an extra dimension, as laspy writes it."""
    points, colors = torus(count)
    las = laspy.create(point_format=form, file_version="1.4" if form > 5 else "1.2")
    las.header.scales, las.header.offsets = [0.001] * 3, [500_000, 5_600_000, 0]
    las.add_extra_dim(laspy.ExtraBytesParams("height", np.float32))
    las.x, las.y, las.z = (points.astype(np.float64) + np.array(AWAY)).T
    las.red, las.green, las.blue = np.rint(colors.T * 65535).astype(np.uint16)
    las.intensity = np.arange(count)
    las.height = points[:, 2]
    file = io.BytesIO()
    las.write(file, do_compress=is_packed)
    return file.getvalue()
