import struct
from pathlib import Path

import pytest

from app.preparation import PrepareOptions, prepare
from app.preparation.demonstration import _FILES, demonstration
from app.preparation.sources import Item, Unusable
from app.preparation.sources.debian import DebianCopyright
from app.preparation.sources.qt_resources import resource_items
from tests.app.pictures import encode
from tests.app.preparation.scenes import scene

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: somewhere

Files: *
Copyright: 2014-2016 by Anna Alles
           2015, Bert Beide
License: GPL-3+

Files: src/monuments/*.jpg
       src/animals/cow.png
Copyright: none
License: CC-BY-SA-3.0
Comment: found

License: GPL-3+
 All of its text.
"""


def resource(
    files: dict[str, bytes], folder: str = "gcompris", flags: int = 0
) -> bytes:
    """Return a Qt resource file (version 1) with one folder of files."""
    names, data, offsets = b"", b"", {}
    for name in (folder, *files):
        offsets[name] = len(names)
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    nodes = struct.pack(">IHII", 0, 2, 1, 1)
    nodes += struct.pack(">IHII", offsets[folder], 2, len(files), 2)
    for name, content in files.items():
        nodes += struct.pack(">IHII", offsets[name], flags, 0, len(data))
        data += struct.pack(">I", len(content)) + content
    start = 20
    places = (start, start + len(nodes), start + len(nodes) + len(data))
    return b"qres" + struct.pack(">4I", 1, *places) + nodes + data + names


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_pictures_of_a_resource_file_are_read_where_they_lie(tmp_path: Path) -> None:
    cow, note = encode(scene(1)), b"a note"
    path = write(tmp_path / "a.rcc", resource({"cow.png": cow, "a.txt": note}))
    (item,) = resource_items(path, "a.rcc", "stamp")
    assert isinstance(item, Item)
    assert item.name == "a.rcc/gcompris/cow.png"
    assert path.read_bytes()[item.offset :][: item.length] == cow


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"qres",
        b"qrex" + bytes(40),
        b"qres" + struct.pack(">4I", 9, 20, 20, 20),
        b"qres" + struct.pack(">4I", 1, 2**31, 2**31, 2**31),
        # A folder in itself.
        b"qres" + struct.pack(">4I", 1, 20, 34, 34) + struct.pack(">IHII", 0, 2, 9, 0),
        resource({"a.png": b"12345678"})[:-40],
    ],
)
def test_resource_file_that_is_damaged_is_named(tmp_path: Path, content: bytes) -> None:
    (found,) = resource_items(write(tmp_path / "a.rcc", content), "a.rcc", "")
    assert isinstance(found, Unusable)


def test_picture_that_is_packed_is_told(tmp_path: Path) -> None:
    packed = resource({"a.png": b"1"}, flags=1)
    (found,) = resource_items(write(tmp_path / "a.rcc", packed), "a.rcc", "")
    assert found == Unusable("a.rcc/gcompris/a.png", "compressed within its file")


@pytest.mark.parametrize(
    ("path", "licence", "artist"),
    [
        ("src/other/a.png", "GPL-3+", "Anna Alles, Bert Beide"),
        ("src/monuments/deep/tower.webp", "CC-BY-SA-3.0", "none"),
        ("src/animals/cow.webp", "CC-BY-SA-3.0", "none"),
        ("src/animals/cow2.webp", "GPL-3+", "Anna Alles, Bert Beide"),
    ],
)
def test_last_paragraph_that_fits_counts(path: str, licence: str, artist: str) -> None:
    labels = DebianCopyright(COPYRIGHT).labels_of(path)
    assert labels == {"licence": licence, "artist": artist}


def test_demonstration_takes_the_packages_pictures_with_their_licences(
    tmp_path: Path,
) -> None:
    for seed, name in enumerate(_FILES):
        content = resource({f"{seed}.png": encode(scene(seed))})
        write(tmp_path / "usr/share/gcompris-qt/rcc" / name, content)
    write(
        tmp_path / "usr/share/doc/gcompris-qt-data/copyright",
        COPYRIGHT.replace("src/animals/cow", "3").encode(),
    )
    found = demonstration(tmp_path / "usr")
    assert found.is_package
    options = PrepareOptions(size=48, min_side=32)
    rows = prepare(found.paths, tmp_path / "set", options, labels=found.labels)
    licences = {row.source.split("/")[-1]: row.licence for row in rows.manifest.rows}
    assert len(licences) == len(_FILES)
    assert licences["3.png"] == "CC-BY-SA-3.0"
    assert licences["2.png"] == "GPL-3+"


def test_without_the_package_there_are_the_photographs_of_builtin(
    tmp_path: Path,
) -> None:
    found = demonstration(tmp_path)
    assert not found.is_package
    assert {"harbour.jpg", "still-life.jpg"} <= {path.name for path in found.paths}
    assert all(found.labels(path.name)["licence"] for path in found.paths)
