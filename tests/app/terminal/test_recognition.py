"""Pictures are told by their first bytes, and everything else by what it is."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from app.client import FileError
from app.terminal.recognition import (
    media_type_of,
    pictures_among,
    require_picture,
    why_no_picture_file,
)

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def encoded(kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, kind, **settings)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_told_by_its_content(kind: str) -> None:
    head = encoded(kind)[:512]
    assert media_type_of(head) == f"image/{kind.lower()}"
    assert why_no_picture_file(head) is None


@pytest.mark.parametrize(
    ("brands", "media_type"),
    [
        (b"heic\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1heic", "image/heic"),
        (b"mif1\0\0\0\0mif1avif", "image/avif"),
        (b"heix\0\0\0\0mif1heix", "image/heic"),
        (b"isom\0\0\0\0isommp41", None),
    ],
)
def test_pictures_of_phones_are_told_by_their_brands(
    brands: bytes, media_type: str | None
) -> None:
    head = (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands
    assert media_type_of(head) == media_type


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (LFS, "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\xef\xbb\xbf\r\n <HTML lang=en>", "an HTML page"),
        ("<html>".encode("utf-16"), "an HTML page"),
        (b"<!-- saved from url --><html>", "an HTML page"),
        (b"hello\n", "a text file"),
        (b"\xc3\xa9" * 300, "a text file"),  # a letter is cut where we stop
        (b"x" + b"\xc3\xa9" * 300, "a text file"),
        (b'{"message": "Not Found"}', "JSON"),
        (b"<svg xmlns=''>", "SVG"),
        (b"data:image/png;base64,iVBO", "base64"),
        (b"/9j/4AAQSkZJRg==", "base64"),
        (encoded("GIF"), "(GIF)"),
        (encoded("TIFF"), "(TIFF)"),
        (encoded("BMP"), "(BMP)"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"\0" * 600, "zeros"),
    ],
)
def test_what_is_no_picture_is_named(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        require_picture(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"\x01\x02unknown\xff", b"\xff" * 9])
def test_what_nobody_knows_is_left_to_the_service(content: bytes) -> None:
    assert why_no_picture_file(content) is None


def test_a_pipe_is_not_looked_at(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    require_picture(tmp_path / "pipe.jpg")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_read(path: str) -> None:
    with pytest.raises(FileError, match="is a device"):
        require_picture(Path(path))


def test_a_folder_is_looked_through_by_content(tmp_path: Path) -> None:
    for name in ("a.jfif", "b.jpe", "c.JPG", "d", "e.dat", ".hidden.jpg"):
        (tmp_path / name).write_bytes(encoded("JPEG"))
    (tmp_path / "f.heic").write_bytes(HEIC)
    (tmp_path / "g.jpg").write_bytes(b"<html>")
    (tmp_path / "h.png").write_bytes(LFS)
    (tmp_path / "i").write_bytes(encoded("GIF"))
    (tmp_path / "j.cr2").write_bytes(b"\x01\x02\x03")
    (tmp_path / "k.webp").touch()
    (tmp_path / "l.jpg").symlink_to("nowhere")
    os.mkfifo(tmp_path / "m.jpg")
    for name in ("notes.txt", "data.bin", ".DS_Store"):
        (tmp_path / name).write_bytes(b"\0\1\2")
    (tmp_path / "sub").mkdir()
    pictures, others = pictures_among(tmp_path)
    assert [path.name for path in pictures] == [
        *("a.jfif", "b.jpe", "c.JPG", "d", "e.dat", "f.heic")
    ]
    told = {path.name: words for path, words in others.items()}
    assert told["g.jpg"] == "an HTML page"
    assert told["h.png"].startswith("a Git LFS pointer")
    assert told["i"].endswith("(GIF)")
    assert told["j.cr2"] == "of no kind that is known"
    assert told["k.webp"] == "an empty file"
    assert "No such file" in told["l.jpg"]
    assert told["m.jpg"] == "no file"
    assert sorted(told) == ["g.jpg", "h.png", "i", "j.cr2", "k.webp", "l.jpg", "m.jpg"]
