"""Damage that Pillow would not notice."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from app.intake.png import has_sound_layout, is_whole_png


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


def chunk(name: bytes, content: bytes = b"") -> bytes:
    total = zlib.crc32(name + content)
    return struct.pack(">I4s", len(content), name) + content + struct.pack(">I", total)


SIDE_PX = 40


def header(depth: int = 8, color_type: int = 2, methods: bytes = b"\0\0\0") -> bytes:
    sides = struct.pack(">II", SIDE_PX, SIDE_PX)
    return chunk(b"IHDR", sides + bytes([depth, color_type]) + methods)


def pixels(row_bytes: int = 1 + 3 * SIDE_PX, rows: int = SIDE_PX) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(row_bytes * rows)))


def file_of(*chunks: bytes) -> io.BytesIO:
    return io.BytesIO(png()[:8] + b"".join(chunks) + chunk(b"IEND"))


def test_rows_that_are_missing_are_missed() -> None:
    assert is_whole_png(file_of(header(), pixels()))
    assert not is_whole_png(file_of(header(), pixels(rows=SIDE_PX - 1)))


@pytest.mark.parametrize(
    ("depth", "color_type", "row_bytes"),
    [(1, 0, 6), (2, 3, 11), (8, 4, 81), (16, 2, 241), (16, 6, 321)],
)
def test_rows_are_as_long_as_their_pixels(
    depth: int, color_type: int, row_bytes: int
) -> None:
    head = header(depth, color_type)
    assert is_whole_png(file_of(head, pixels(row_bytes)))
    assert not is_whole_png(file_of(head, pixels(row_bytes - 1)))


def test_interlaced_pixels_are_counted_pass_by_pass() -> None:
    head = header(methods=b"\0\0\1")
    passes = [(5, 5), (5, 5), (10, 5), (10, 10), (20, 10), (20, 20), (40, 20)]
    count = sum((1 + 3 * width) * height for width, height in passes)
    assert is_whole_png(file_of(head, pixels(count, 1)))
    assert not is_whole_png(file_of(head, pixels(count - 1, 1)))


def test_far_more_pixels_than_the_header_says_are_a_bomb() -> None:
    assert is_whole_png(file_of(header(), pixels(rows=SIDE_PX + 9)))
    assert not is_whole_png(file_of(header(), pixels(rows=50_000)))


def test_pixels_that_cannot_be_unpacked_are_noticed() -> None:
    assert not is_whole_png(file_of(header(), chunk(b"IDAT", b"no zlib stream")))


LAYOUTS = {
    "the least": ([header(), pixels()], True),
    "a palette": ([header(8, 3), chunk(b"PLTE", bytes(6)), pixels()], True),
    "many pieces": ([header(), *[chunk(b"IDAT")] * 5000, pixels()], True),
    "no header": ([pixels()], False),
    "a comment before the header": ([chunk(b"tEXt"), header(), pixels()], False),
    "two headers": ([header(), header(), pixels()], False),
    "a header after the pixels": ([header(), pixels(), header()], False),
    "no palette": ([header(8, 3), pixels()], False),
    "two color profiles": ([header(), *[chunk(b"iCCP")] * 2, pixels()], False),
    "a critical chunk of one's own": ([header(), chunk(b"ABCD"), pixels()], False),
    "a crowd of comments": ([header(), *[chunk(b"tEXt")] * 1001, pixels()], False),
    "a crowd of pieces": ([header(), *[chunk(b"IDAT")] * 100_001], False),
    "a color type that does not exist": ([header(8, 5), pixels()], False),
    "another compression": ([header(methods=b"\1\0\0"), pixels()], False),
    "another interlacing": ([header(methods=b"\0\0\2"), pixels()], False),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_is_judged_before_a_parser_sees_it(name: str) -> None:
    chunks, is_sound = LAYOUTS[name]
    assert has_sound_layout(file_of(*chunks)) is is_sound


def test_pictures_of_our_own_encoder_are_sound() -> None:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        file = io.BytesIO()
        Image.new(mode, (33, 47)).save(file, "PNG", interlace=1)
        assert has_sound_layout(file)
        assert is_whole_png(file), mode
