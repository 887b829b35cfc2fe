"""A cloud comes back as the same file; nothing but its colours is another."""

import io
import struct

import laspy
import numpy as np
import pytest

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from tests.engine.pointcloud.clouds import (
    colored_ply,
    las_file,
    ply,
    splat_file,
    splat_ply,
)
from worker.cloudfile.formats import read_cloud

ENCODINGS = ("ascii", "binary_little_endian", "binary_big_endian")
ROWS = [[0.125, -1.5, 2.25, 10, 20, 30, 7], [1, 2, 3, 255, 0, 128, 9]] * 3
PLACES = [("x", "float"), ("y", "double"), ("z", "float")]
GREEN = np.tile(np.array([[0, 1, 0]], np.float32), (6, 1))


def colored(names: tuple[str, str, str], kind: str) -> list[tuple[str, str]]:
    return [*PLACES, *((name, kind) for name in names), ("label", "int")]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_painted_points_differ_in_colours_alone(encoding: str, end: str) -> None:
    properties = colored(("diffuse_red", "diffuse_green", "diffuse_blue"), "uchar")
    content = ply(ROWS, properties, encoding, end)
    cloud = read_cloud(content)
    assert cloud.positions[1].tolist() == [1, 2, 3]
    assert np.allclose(cloud.colors[0] * 255, [10, 20, 30])
    assert cloud.write(cloud.colors, None) == content
    painted = [[*row[:3], 0, 255, 0, row[6]] for row in ROWS]
    assert cloud.write(GREEN, None) == ply(painted, properties, encoding, end)


@pytest.mark.parametrize(
    ("kind", "full"), [("uchar", 255), ("ushort", 65535), ("float", 1), ("double", 255)]
)
def test_colours_of_every_type_are_read_and_written(kind: str, full: float) -> None:
    rows = [[0, 0, n, full, 0, full / 5, n] for n in range(6)]
    cloud = read_cloud(ply(rows, colored(("r", "g", "b"), kind)))
    assert np.allclose(cloud.colors[0], [1, 0, 0.2], atol=1e-6)
    painted = [[0, 0, n, 0, full, 0, n] for n in range(6)]
    assert cloud.write(GREEN, None) == ply(painted, colored(("r", "g", "b"), kind))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_faces_stay_and_lists_before_the_points_are_passed_over(encoding: str) -> None:
    order = ">" if "big" in encoding else "<"
    lists = [(3, (0, 1, 2)), (4, (0, 1, 2, 3)), (0, ())]
    if encoding == "ascii":
        body = "3 0 1 2\n4 0 1 2 3\n0\n" + "0 0 1 9 9 9\n" * 2 + "7\n"
        rows = body.encode()
    else:
        packed = [struct.pack(f"{order}B{n}i", n, *indices) for n, indices in lists]
        point = struct.pack(order + "3f3B", 0, 0, 1, 9, 9, 9)
        rows = b"".join([*packed, point * 2, struct.pack(order + "h", 7)])
    head = (
        f"ply\nformat {encoding} 1.0\nelement face 3\nproperty list uchar int "
        "vertex_indices\nelement vertex 2\nproperty float x\nproperty float y\n"
        "property float z\nproperty uchar red\nproperty uchar green\nproperty uchar "
        "blue\nelement other 1\nproperty short n\nend_header\n"
    ).encode()
    cloud = read_cloud(head + rows)
    assert len(cloud) == 2
    assert cloud.write(cloud.colors, None) == head + rows


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_points_with_lists_of_their_own_are_painted(encoding: str) -> None:
    head = (
        f"ply\nformat {encoding} 1.0\nelement vertex 2\nproperty float x\nproperty "
        "list uchar uchar n\nproperty float y\nproperty float z\nproperty uchar r\n"
        "property uchar g\nproperty uchar b\nend_header\n"
    ).encode()

    def body(red: int) -> bytes:
        rows = [(0.5, [1, 2], 1.5, 2.5, red, 2, 3), (1.5, [], 2.5, 3.5, red, 2, 3)]
        if encoding == "ascii":
            lines = (
                f"{x} {len(many)}{''.join(f' {m}' for m in many)} {y} {z} {r} {g} {b}\n"
                for x, many, y, z, r, g, b in rows
            )
            return "".join(lines).encode()
        return b"".join(
            struct.pack(f"<fB{len(many)}B2f3B", x, len(many), *many, y, z, r, g, b)
            for x, many, y, z, r, g, b in rows
        )

    cloud = read_cloud(head + body(5))
    assert cloud.positions.tolist() == [[0.5, 1.5, 2.5], [1.5, 2.5, 3.5]]
    colors = cloud.colors.copy()
    colors[:, 0] = 1
    assert cloud.write(colors, None) == head + body(255)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_points_without_colours_get_some_behind_all_else(encoding: str) -> None:
    rows, properties = [[0, 1, n, n] for n in range(6)], [*PLACES, ("label", "int")]
    cloud = read_cloud(ply(rows, properties, encoding))
    more = [(name, "uchar") for name in ("red", "green", "blue")]
    painted = [[*row, 0, 255, 0] for row in rows]
    expected = ply(painted, [*properties, *more], encoding)
    assert cloud.write(GREEN, None) == expected


def test_spaces_of_ascii_lines_stay() -> None:
    content = ply([], colored(("red", "green", "blue"), "uchar"), "ascii")
    content = content.replace(b"vertex 0", b"vertex 2")
    lines = b"0  0\t1 9 9 9 1 \n 0 0 2   9 9 9 1\n"
    cloud = read_cloud(content + lines)
    assert cloud.write(cloud.colors, None) == content + lines
    painted = cloud.write(GREEN[:2], None)
    assert painted == content + b"0  0\t1 0 255 0 1 \n 0 0 2   0 255 0 1\n"


def test_splats_keep_all_but_their_colour() -> None:
    content = splat_ply()
    cloud = read_cloud(content)
    assert cloud.gaussians is not None
    assert cloud.gaussians.harmonics.shape == (400, 3, 3)
    assert np.allclose(np.linalg.norm(cloud.gaussians.rotations, axis=1), 1, atol=1e-5)
    painted = read_cloud(cloud.write(1 - cloud.colors, None))
    assert np.allclose(painted.colors, 1 - cloud.colors, atol=1e-6)
    start, length = content.index(b"end_header\n") + 11, 3 + 3 + 9 + 8
    before, after = (
        np.frombuffer(each[start:], "<f4").reshape(-1, length)
        for each in (content, cloud.write(1 - cloud.colors, None))
    )
    kept = [n for n in range(length) if n not in {3, 4, 5}]
    assert (before[:, kept] == after[:, kept]).all()


def test_a_splat_file_keeps_all_but_its_three_bytes() -> None:
    content = splat_file()
    cloud = read_cloud(content)
    assert cloud.write(cloud.colors, None) == content
    painted = np.frombuffer(cloud.write(1 - cloud.colors, None), np.uint8)
    differs = np.frombuffer(content, np.uint8) != painted
    assert {n % 32 for n in np.flatnonzero(differs)} <= {24, 25, 26}


@pytest.mark.parametrize("form", [2, 3, 7])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_surveyors_points_keep_all_but_their_colours(
    form: int, is_packed: bool
) -> None:
    content = las_file(form=form, is_packed=is_packed)
    cloud = read_cloud(content)
    assert cloud.positions[:, 1].min() > 5_599_990
    if not is_packed:
        assert cloud.write(cloud.colors, None) == content
    painted = cloud.write(1 - cloud.colors, None)
    before, after = (laspy.read(io.BytesIO(each)) for each in (content, painted))
    assert before.header.are_points_compressed == after.header.are_points_compressed
    for name in before.point_format.dimension_names:
        if name not in {"red", "green", "blue"}:
            assert np.array_equal(before[name], after[name]), name
    assert np.abs(after.red.astype(int) + before.red - 65535).max() <= 1


def _with(*changes: tuple[bytes, bytes], base: bytes | None = None) -> bytes:
    content = colored_ply(8) if base is None else base
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    return content


def _broken(content: bytes) -> bytes:
    """Return a compressed file without the end of its last chunk."""
    return content[: 2 * len(content) // 3]


ASCII = ply(ROWS, colored(("r", "g", "b"), "uchar"), "ascii")
HUGE = ply(
    [[0, 0, n, 1e30, 0, 0, 0] for n in range(6)], colored(("r", "g", "b"), "float")
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (colored_ply(8)[:-3], "byte "),
        (_with((b"property float z", b"property float q")), "z of vertex is missing"),
        (_with((b"property float z", b"property list int int z")), "is a list"),
        (_with((b"float x", b"flaot x")), "line 5: type 'flaot' is unknown"),
        (_with((b"1.0", b"2.0")), "line 2: version '2.0'"),
        (_with((b"element vertex 8", b"element vertex -8")), "line 4"),
        (_with((b"end_header", b"no_end")), "no line end_header"),
        (_with((b"10", b"ten"), base=ASCII), "line 13: 'ten' is no number"),
        (_with((b" 30 7", b" 30"), base=ASCII), "line 13: 6 values came, 7 are due"),
        (ASCII + b"1 2 3\n", "line 19: there is more"),
        (ASCII[:-4], "values came"),
        (HUGE, "point 0: r is 1e+30"),
        (splat_file()[:-1], "32 bytes a Gaussian"),
        (las_file()[:-1], "the file ends before"),
        (las_file()[:100], "byte 100: the header ends"),
        (_broken(las_file(is_packed=True)), "the compressed points"),
        (_with((b"f_rest_8", b"f_rest_9"), base=splat_ply()), "9 properties f_rest"),
    ],
)
def test_what_is_broken_is_named_by_line_or_byte(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableCloudError) as refusal:
        read_cloud(content)
    assert words in str(refusal.value)


def test_headers_with_anything_in_them_are_read_or_refused() -> None:
    random, base = np.random.default_rng(0), bytearray(colored_ply(8))
    for _ in range(300):
        content = bytearray(base)
        for _ in range(random.integers(1, 6)):
            place = random.integers(0, 200)
            content[place] = random.choice(list(b"\n 0129azlist\xff\x00"))
        try:
            read_cloud(bytes(content))
        except UnreadableCloudError:
            continue
