"""Texts and archives: what is guessed of them; nothing but colours differs."""

import io
import struct
import zipfile
from itertools import chain
from typing import Any

import numpy as np
import pytest

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from app.contract.kinds.pointcloud.table import read_table_header
from worker.cloudfile.formats import format_of, read_cloud

GREEN = np.tile(np.array([[0, 1, 0]], np.float32), (4, 1))
PLACES = [[0.5, -1, 2], [1, 0, 2e-3], [0, 1, 2], [1, 1, 1]]
BYTES = [[10, 20, 30], [255, 0, 128], [9, 9, 9], [0, 0, 200]]
UNIT = [[0.1, 0.2, 0.3], [1, 0, 0.5], [0.9, 0.9, 0.9], [0, 0, 0.8]]
NORMALS = [[0, 0, 1]] * 4


def text(
    *columns: list[list[float]], between: str = " ", end: str = "\n", head: str = ""
) -> bytes:
    rows = ([*chain(*row)] for row in zip(*columns, strict=True))
    lines = (between.join(f"{value:g}" for value in row) + end for row in rows)
    return (head + "".join(lines)).encode()


INTENSITY = [[0.25], [0.5], [7], [0]]
PAINTED = [[0, 255, 0]] * 4
WHOLE = [
    ("xyz", [PLACES, BYTES], {}),
    ("xyz", [PLACES, BYTES], {"between": "\t", "end": " \r\n"}),
    ("xyz", [PLACES, INTENSITY, BYTES], {"head": "# a scan\n\n"}),
    ("xyz", [PLACES, BYTES, NORMALS], {"head": "//X Y Z R G B Nx Ny Nz\n"}),
    ("xyz", [PLACES, NORMALS, BYTES], {}),
    ("pts", [PLACES, INTENSITY, BYTES], {"head": "4\n"}),
    ("csv", [PLACES, BYTES], {"between": ","}),
    ("csv", [PLACES, BYTES], {"between": "; ", "head": "\ufeff"}),
    ("csv", [PLACES, NORMALS, BYTES],
     {"between": ", ", "head": '"X","Y","Z",a,b,c,"Red","Green","Blue"\r\n',
      "end": "\r\n"}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "columns", "layout"), WHOLE)
def test_a_text_differs_in_its_colours_alone(
    form: str, columns: list[Any], layout: dict[str, str]
) -> None:
    content = text(*columns, **layout)
    cloud = read_cloud(content)
    assert format_of(content) == form
    assert cloud.positions.tolist() == PLACES
    assert np.allclose(cloud.colors * 255, BYTES)
    assert cloud.write(cloud.colors, None) == content
    painted = [PAINTED if column is BYTES else column for column in columns]
    assert cloud.write(GREEN, None) == text(*painted, **layout)


def test_colours_of_parts_and_of_two_bytes_stay_what_they_are() -> None:
    parts = text(PLACES, UNIT, between=";")
    cloud = read_cloud(parts)
    assert np.allclose(cloud.colors, UNIT)
    assert cloud.write(GREEN, None) == text(PLACES, [[0, 1, 0]] * 4, between=";")
    shorts = text(PLACES, [[257 * value for value in row] for row in BYTES])
    cloud = read_cloud(shorts)
    assert np.allclose(cloud.colors * 255, BYTES)
    assert cloud.write(GREEN, None) == text(PLACES, [[0, 65535, 0]] * 4)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text(PLACES), text(PLACES, PAINTED)),
        (text(PLACES, INTENSITY, between=","),
         text(PLACES, INTENSITY, PAINTED, between=",")),
        (text(PLACES, head="x,y,z\r\n", between=",", end="\r\n"),
         text(PLACES, PAINTED, head="x,y,z,red,green,blue\r\n", between=",",
              end="\r\n")),
    ],
)  # fmt: skip
def test_a_text_without_colours_gets_three_columns(
    content: bytes, expected: bytes
) -> None:
    cloud = read_cloud(content)
    assert cloud.write(GREEN, None) == expected


def test_columns_of_words_are_kept() -> None:
    rows = [f"tree {n},{n},{n * n},2,{n},255,0,a b" for n in range(4)]
    content = "\n".join(["name,x,y,z,r,g,b,note", *rows]).encode()
    cloud = read_cloud(content)
    assert cloud.positions[:, 1].tolist() == [0, 1, 4, 9]
    expected = [f"tree {n},{n},{n * n},2,0,255,0,a b" for n in range(4)]
    assert cloud.write(GREEN, None).decode().split("\n")[1:] == expected


def test_the_guess_is_told() -> None:
    header = read_table_header(text(PLACES, INTENSITY, BYTES, head="4\n"))
    assert header is not None
    assert header.columns == ("x", "y", "z", "column 4", "red", "green", "blue")
    assert (header.lines, header.promised, header.is_whole) == (1, 4, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x;y;z\n0,5;1,5;2\n", "line 2: '0,5' has a comma"),
        (b"0,5 1,5 2,25\n", "line 1: '0,5' has a comma"),
        (text(PLACES) + b"1 2\n", "line 5: 2 values came, 3 are due"),
        (text(PLACES) + b"\n1 2 3\n", "line 5: 0 values came"),
        (text(PLACES) + b"1 two 3\n", "line 5: 'two' is no number"),
        (text(PLACES, head="5\n"), "line 1: it says 5 points, and 4 follow"),
        (text(PLACES, head="x y z red\n"), "line 2: 3 values came, 4 names before"),
        (text(PLACES, INTENSITY, head="x,x,y,z\n", between=","), "two columns x"),
        (b"x,y,z\n", "no points follow"),
        (text(PLACES, BYTES) * 30 + b"0 0 0 70000 0 0\n", "point 120: red is 70000"),
        (text(PLACES, UNIT) * 30 + b"0 0 0 1e30 0 0\n", "point 120: red is 1e+30"),
    ],
)
def test_a_bad_line_is_named(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableCloudError) as refusal:
        read_cloud(content)
    assert words in str(refusal.value)


def npz(*, is_packed: bool = True, **arrays: Any) -> bytes:
    file = io.BytesIO()
    save = np.savez_compressed if is_packed else np.savez
    save(file, **{name: np.asarray(values) for name, values in arrays.items()})
    return file.getvalue()


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("kind", ["u1", "<u2", ">f4", "f8"])
def test_an_archive_differs_in_its_colours_alone(kind: str, is_packed: bool) -> None:
    full = {"u1": 255, "<u2": 65535}.get(kind, 1)
    colors = (np.array(UNIT) * full).astype(kind)
    other = {"labels": [3, 1, 2, 0], "names": ["a", "b", "c", "d"]}
    content = npz(is_packed=is_packed, xyz=PLACES, **other, rgb=colors)
    cloud = read_cloud(content)
    assert cloud.positions.tolist() == PLACES
    assert np.allclose(cloud.colors, UNIT, atol=0.5 / 255)
    before = np.load(io.BytesIO(content))
    after = np.load(io.BytesIO(cloud.write(GREEN, None)))
    assert before.files == after.files == ["xyz", "labels", "names", "rgb"]
    for name in ("xyz", "labels", "names"):
        assert np.array_equal(before[name], after[name])
    assert (after["rgb"].dtype, after["rgb"].tolist()) == (
        before["rgb"].dtype,
        [[0, full, 0]] * 4,
    )


def test_arrays_of_other_shapes_are_read() -> None:
    columns = npz(points=np.asfortranarray(PLACES), colors=np.array(BYTES, "u1"))
    assert read_cloud(columns).positions.tolist() == PLACES
    wide = npz(cloud=np.concatenate([PLACES, UNIT], axis=1))
    cloud = read_cloud(wide)
    assert np.allclose(cloud.colors, UNIT)
    painted = np.load(io.BytesIO(cloud.write(GREEN, None)))["cloud"]
    assert painted.tolist() == [[*place, 0, 1, 0] for place in PLACES]
    bare = read_cloud(npz(points=PLACES))
    added = np.load(io.BytesIO(bare.write(GREEN, None)))
    assert (added.files, added["colors"].tolist()) == (["points", "colors"], PAINTED)


def bomb(size: int = 2**20, files: int = 1) -> bytes:
    """An archive of zeros: a thousandth of what it is unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            archive.writestr(f"{number}.npy", bytes(size))
    return file.getvalue()


def lying(content: bytes, size: int) -> bytes:
    """The archive whose directory says that its file has another size."""
    changed = bytearray(content)
    struct.pack_into("<I", changed, content.index(b"PK\1\2") + 24, size)
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb(9, 300), "300 files; 64 are allowed"),
        (lying(bomb(), 2**28 + 1), "unpacked; 268435456 are allowed"),
        (bomb(), "0 is no array of NumPy's"),
        (npz(points=PLACES)[:-30], "the archive"),
        (npz(a=[[1, 2]]), "no array of places"),
        (npz(points=PLACES, colors=BYTES), "colors is of type i8"),
        (npz(points=PLACES, colors=np.zeros((3, 3), "u1")), "colors has 3 rows"),
        (npz(points=[1.0, 2.0]), "points has the shape (2,)"),
        (npz(points=np.array([[1, None, 2]])), "points is of type 'O'"),
        (npz(is_packed=False, points=PLACES).replace(b"(4, 3)", b"(9, 3)"), "CRC"),
    ],
)
def test_a_broken_archive_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableCloudError) as refusal:
        read_cloud(content)
    assert words in str(refusal.value)


def test_whatever_is_changed_is_read_or_refused() -> None:
    random = np.random.default_rng(0)
    bases = [text(*columns, **layout) for _, columns, layout in WHOLE]
    bases += [
        npz(points=PLACES, colors=np.array(BYTES, "u1"), is_packed=n) for n in (0, 1)
    ]
    for turn in range(400):
        content = bytearray(bases[turn % len(bases)])
        for _ in range(random.integers(1, 5)):
            place = random.integers(0, len(content))
            content[place] = random.choice(list(b'\n ,;.019x"(\xff\x00P'))
        try:
            cloud = read_cloud(bytes(content))
            cloud.write(np.full((len(cloud), 3), 0.5, np.float32), None)
        except UnreadableCloudError:
            continue
