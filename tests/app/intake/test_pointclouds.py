"""What is no cloud is refused before the job: from the header where that is enough."""

import contextlib
import io
import struct
import time
from collections.abc import Callable

import numpy as np
import pytest

from app.contract.kinds.pointcloud.choices import MEDIA_TYPES
from app.contract.kinds.pointcloud.ply import UnreadableCloudError, read_ply_header
from app.intake.pointclouds import CloudRules, inspect_cloud
from app.intake.pointclouds.rows import Row
from app.problems import ProblemError
from tests.engine.pointcloud.clouds import (
    colored_ply,
    las_file,
    ply,
    splat_file,
    splat_ply,
)

RULES = CloudRules(max_bytes=2**20)
PLACES = [("x", "float"), ("y", "float"), ("z", "float")]


def look(content: bytes, rules: CloudRules = RULES) -> tuple[str, dict]:
    return inspect_cloud(io.BytesIO(content), field="content", rules=rules)


def refusal(content: bytes, rules: CloudRules = RULES) -> tuple[str, str]:
    began_s = time.monotonic()
    with pytest.raises(ProblemError) as refused:
        look(content, rules)
    assert time.monotonic() - began_s < 5
    assert refused.value.errors[0].field == "/content"
    return refused.value.code, refused.value.detail


def archive(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "form", "points", "gaussians"),
    [
        (colored_ply(50), "ply", 50, False),
        (splat_ply(40), "ply", 40, True),
        (splat_file(30), "splat", 30, True),
        (las_file(20), "las", 20, False),
        (las_file(20, is_packed=True), "laz", 20, False),
        (b"0 0 0\n0 0 1\n1 2 3\n" * 9 + b"\n", "xyz", 27, False),
        (b"4\n0 0 0 9\n1 0 1 9\n1 1 1 9\n2 0 0 9\n", "pts", 4, False),
        (b"x,y,z\n" + b"0,1,0\n1,0,1\n0,0,3\n" * 2, "csv", 6, False),
        (archive(points=np.eye(4)), "npz", 4, False),
        (archive(points=np.asfortranarray(np.eye(4)[:, :3])), "npz", 4, False),
    ],
)
def test_a_clouds_facts_are_told(
    content: bytes, form: str, points: int, gaussians: bool
) -> None:
    media_type, facts = look(content)
    assert media_type == MEDIA_TYPES[form]
    assert ("columns" in facts) == (form in {"xyz", "pts", "csv", "npz"})
    assert {name: facts[name] for name in facts if name != "columns"} == {
        "format": form,
        "points": points,
        "gaussians": gaussians,
        "bytes": len(content),
    }


def header(count: object = 4, *lines: str, encoding: str = "ascii") -> bytes:
    parts = [f"element vertex {count}", *(f"property float {n}" for n in "xyz"), *lines]
    return "\n".join(["ply", f"format {encoding} 1.0", *parts, "end_header\n"]).encode()


def rows(*places: object) -> bytes:
    return header(len(places)) + "".join(f"{each}\n" for each in places).encode()


FEW = colored_ply(8)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "pointcloud_empty", "content is empty."),
        (b"hello", "unsupported_pointcloud_type", "text"),
        (b"\xff\xd8\xff\xe0" + bytes(60), "unsupported_pointcloud_type", "JPEG"),
        (b"PK\3\4" + bytes(60), "unsupported_pointcloud_type", "ZIP"),
        (bytes(64), "unsupported_pointcloud_type", "are allowed"),
        (header(10**12), "pointcloud_too_many_points", "1000000000000"),
        (header(10**30), "pointcloud_unreadable", "line 3"),
        (header(0), "pointcloud_empty", "no points"),
        (b"ply\nformat ascii 1.0\n" + b"comment x\n" * 9000, "pointcloud_unreadable",
         "no line end_header"),
        (header(4, "property quad w"), "pointcloud_unreadable", "type 'quad'"),
        (header(4, "property list float int w"), "pointcloud_unreadable", "line 7"),
        (header(4, "element vertex 3"), "pointcloud_unreadable", "no one element"),
        (header(4, "property float x"), "pointcloud_unreadable", "has x twice"),
        (header(4, "elephant"), "pointcloud_unreadable", "line 7: 'elephant'"),
        (las_file()[:-9], "pointcloud_unreadable", "the file ends here; 300 points"),
        (b"LASF" + bytes(50), "pointcloud_unreadable", "byte 54"),
        (b"LASF" + bytes(400), "pointcloud_unreadable", "format 0 have no colours"),
        (header("many"), "pointcloud_unreadable", "line 3"),
        (b"x,y,z\n0,1\n", "pointcloud_unreadable", "line 2: 2 values"),
        (b"x;y;z\n0,5;1,5;2\n", "pointcloud_unreadable", "'0,5' has a comma"),
        (b"0 0 0\n0 1 1\n\n0 1 2\n", "pointcloud_unreadable", "line 3: 0 values"),
        (b"0 0 0\n0 1 nan\n", "pointcloud_degenerate", "point 1 is not finite"),
        (b"9\n0 0 0\n", "pointcloud_unreadable", "it says 9 points, and 1 follow"),
        (b"9" * 30 + b"\n0 0 0\n", "pointcloud_too_many_points", "9999"),
        (b"name,size\na,3\n", "unsupported_pointcloud_type", "a text file"),
        (archive(points=np.full((4, 3), np.inf)), "pointcloud_degenerate", "point 0"),
        (archive(points=np.empty((0, 3))), "pointcloud_empty", "no points"),
        (archive(points=np.eye(3))[:-9], "pointcloud_unreadable", "the archive"),
        (archive(points=np.eye(3)), "pointcloud_degenerate", "has 3 points"),
        (FEW[:-1], "pointcloud_unreadable", f"byte {len(FEW) - 1}: the file ends"),
        (FEW + b"x", "pointcloud_unreadable", f"byte {len(FEW)}: 1 bytes follow"),
        (rows("0 0 0", "0 0 1", "0.25 1"), "pointcloud_unreadable", "line 10: 2 v"),
        (rows("0 0 0", "0 0,5 1", "0 1 0", "1 1 1"), "pointcloud_unreadable", "line 9"),
        (header(6) + b"0 0 0\n0 0 1 \n", "pointcloud_unreadable", "the file ends"),
        (rows("0 0 0", "0 nan 1", "0 1 1"), "pointcloud_degenerate", "point 1"),
        (rows("0 0 0", "0 1 1", "0 1 inf"), "pointcloud_degenerate", "point 2"),
        (rows("0 0 0", "0 1 1", "0 1 1e30"), "pointcloud_degenerate", "point 2"),
        (rows("0 0 0", "0 1 1", "0 1 0"), "pointcloud_degenerate", "has 3 points"),
        (rows(*["1 2 3"] * 5000), "pointcloud_degenerate", "in one place"),
        (rows(*[f"{n} {2 * n} {n}" for n in range(50)]), "pointcloud_degenerate",
         "in one line"),
    ],
)  # fmt: skip
def test_what_is_no_cloud_is_refused_by_name(
    content: bytes, code: str, words: str
) -> None:
    found = refusal(content)
    assert (found[0], words in found[1]) == (code, True), found


def test_limits_are_told_from_the_header() -> None:
    rules = CloudRules(max_points=49, max_gaussians=39)
    for content, most in ((colored_ply(50), "49"), (splat_ply(40), "39")):
        code, detail = refusal(content[:2000] if most == "39" else content, rules)
        assert code == "pointcloud_too_many_points"
        assert most in detail
    lines = refusal(b"0 0 1\n" * 50, rules)
    assert lines[0] == "pointcloud_too_many_points"
    arrays = refusal(archive(points=np.zeros((50, 3))), rules)
    assert arrays[0] == "pointcloud_too_many_points"
    assert refusal(bytes(2**20 + 1))[0] == "upload_too_large"


def plane(count: int = 40) -> list[list[float]]:
    return [[n % 7, n // 7, 0] for n in range(count)]


def far_away(count: int = 40) -> list[list[float]]:
    return [[5e5 + n % 7, 5.6e6 + n // 7, 100 + n % 3] for n in range(count)]


@pytest.mark.parametrize("make", [plane, far_away])
@pytest.mark.parametrize("encoding", ["ascii", "binary_big_endian"])
def test_a_plane_and_a_place_far_away_are_clouds(
    make: Callable[[], list[list[float]]], encoding: str
) -> None:
    kinds = [(name, "double") for name in "xyz"]
    assert look(ply(make(), kinds, encoding))[1]["points"] == 40


def test_a_grid_is_no_line_however_wide_it_is() -> None:
    grid = "".join(f"{n % 64} {n // 64} 0\n" for n in range(64 * 40)).encode()
    assert look(grid)[1]["points"] == 64 * 40


def test_places_are_found_whatever_stands_around_them() -> None:
    kinds = [("z", "double"), ("n", "uchar"), ("x", "float"), ("y", "ushort")]
    sound = ply([[n % 3, 1, n, n * n] for n in range(9)], kinds, "binary_big_endian")
    assert look(sound)[1]["points"] == 9
    broken = bytearray(sound)
    start = read_ply_header(sound).length + 4 * 15 + 9
    broken[start : start + 4] = struct.pack(">f", float("nan"))
    assert refusal(bytes(broken)) == (
        "pointcloud_degenerate",
        "content: the place of point 4 is not finite.",
    )


def test_any_header_is_read_or_refused() -> None:
    random = np.random.default_rng(0)
    pieces = [*colored_ply(8).split(b"\n")[:-1], b"property list int", b"\xff\0", b""]
    for _ in range(1000):
        count = random.integers(1, 12)
        lines = [pieces[n] for n in random.integers(0, len(pieces), count)]
        content = b"ply\n" + b"\n".join(lines) + b"\nend_header\n" + bytes(40)
        if random.random() < 0.5:
            cut = bytearray(content)
            cut[random.integers(0, len(cut))] = random.integers(0, 256)
            content = bytes(cut)
        with contextlib.suppress(ProblemError):
            look(content)


@pytest.mark.parametrize("delimiter", [None, b","])
def test_a_line_too_long_is_not_made_up_for_by_one_too_short(
    delimiter: bytes | None,
) -> None:
    between = delimiter or b" "
    lines = [between.join([b"1", b"2", b"3.5"]) + b"\n" for _ in range(4)]
    row = Row(delimiter, (2, 0, 1), 3)
    assert row.axes(lines, 7) == ([3.5] * 4, [1.0] * 4, [2.0] * 4)
    lines[1] = between.join([b"1", b"2", b"3", b"4"]) + b"\n"
    lines[2] = between.join([b"1", b"2"]) + b"\n"
    with pytest.raises(UnreadableCloudError, match="line 8: 4 values came, 3 are due"):
        row.axes(lines, 7)
