import hashlib
import json

import pytest

from app.contract.datasets import (
    ManifestError,
    PictureRow,
    Split,
    is_dataset_name,
    manifest_of,
    parse_manifest,
    split_of,
)

HASH = "0" * 64
ROW = {
    "file": "a.png",
    "sha256": HASH,
    "width": 3,
    "height": 2,
    "source": "där\nA.png",
    "source_sha256": HASH,
    "split": "train",
}


def test_list_is_read_as_it_was_written() -> None:
    row = PictureRow(**{**ROW, "split": Split.HELD_OUT}, licence="CC0")  # type: ignore[arg-type]
    manifest = manifest_of([row])
    assert parse_manifest(manifest.content) == manifest
    assert manifest.content.count(b"\n") == 1
    assert manifest.licences == ["CC0"]
    assert manifest.count(Split.HELD_OUT) == 1


def test_hash_tells_the_smallest_edit() -> None:
    manifest = manifest_of([PictureRow(**{**ROW, "split": Split.TRAIN})])  # type: ignore[arg-type]
    edited = parse_manifest(manifest.content.replace(b'"width": 3', b'"width": 4'))
    assert edited.sha256 != manifest.sha256


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("file", "../a.png"),
        ("file", "/etc/passwd"),
        ("file", ""),
        ("file", 3),
        ("sha256", "0" * 63),
        ("width", 0),
        ("width", "3"),
        ("height", True),
        ("split", "test"),
        ("licence", 4),
        ("unknown", 1),
    ],
)
def test_line_that_is_no_picture_is_named(member: str, value: object) -> None:
    good = {**ROW, "file": "b.png"}
    lines = [json.dumps(good), json.dumps({**ROW, member: value})]
    with pytest.raises(ManifestError, match="line 2"):
        parse_manifest("\n".join(lines).encode())


@pytest.mark.parametrize("line", ["{", "[]", "null", '"x"', "{}", "\udce4"])
def test_line_that_is_no_object_is_refused(line: str) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(line.encode("utf-8", "surrogateescape"))


def test_file_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ManifestError, match="twice"):
        parse_manifest((json.dumps(ROW) + "\n").encode() * 2)


def test_a_tenth_is_held_out() -> None:
    hashes = [
        hashlib.sha256(bytes([a, b])).hexdigest() for a in range(50) for b in range(40)
    ]
    held_out = sum(split_of(each) is Split.HELD_OUT for each in hashes)
    assert 150 < held_out < 250


def test_names_are_those_of_folders_without_tricks() -> None:
    assert is_dataset_name("my-set_2")
    assert not any(is_dataset_name(name) for name in ("", ".", "..", "a/b", "A", "-a"))
