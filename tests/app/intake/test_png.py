"""Damage that Pillow would not notice."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from app.intake.png import is_whole_png


def png() -> bytes:
    file = io.BytesIO()
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "hello")
    Image.linear_gradient("L").save(file, "PNG", pnginfo=note)
    return file.getvalue()


def is_whole(content: bytes) -> bool:
    return is_whole_png(io.BytesIO(content))


def test_sound_file_is_whole_whatever_follows_it() -> None:
    assert is_whole(png())
    assert is_whole(png() + b"a zip file, say")


@pytest.mark.parametrize("cut_bytes", [1, 4, 12, 13, 40])
def test_end_that_is_missing_is_missed(cut_bytes: int) -> None:
    assert not is_whole(png()[:-cut_bytes])


def test_changed_pixel_data_are_noticed() -> None:
    content = bytearray(png())
    content[content.index(b"IDAT") + 10] ^= 1
    assert not is_whole(bytes(content))


def test_damaged_comment_harms_no_pixel() -> None:
    content = bytearray(png())
    content[content.index(b"Comment")] ^= 1
    assert is_whole(bytes(content))


def test_length_that_leads_beyond_the_file_is_no_end() -> None:
    chunk = struct.pack(">I4s", 2**31 - 1, b"IDAT") + b"x"
    assert not is_whole(png()[:8] + chunk + struct.pack(">I", zlib.crc32(b"IDATx")))
