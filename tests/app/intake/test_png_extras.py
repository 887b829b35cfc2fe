"""What is damaged and decides no pixel is left out; all else is as it came."""

import io
import zlib

from PIL import Image

from app.intake.normalization import normalize_picture
from app.intake.png_extras import without_damaged_extras
from app.intake.rules import IntakeRules
from tests.app.pictures import plain, png_chunk, swapped_profile

SHORT_GAMMA = png_chunk(b"gAMA", b"")


def with_extras(*extras: bytes) -> bytes:
    """Return a red PNG with these chunks right behind its header."""
    whole = plain()
    behind_header = 8 + 25
    return whole[:behind_header] + b"".join(extras) + whole[behind_header:]


def test_nothing_is_copied_where_nothing_is_damaged() -> None:
    file = io.BytesIO(with_extras(png_chunk(b"gAMA", b"\0\0\xb1\x8f")))
    with without_damaged_extras(file) as same:
        assert same is file


def test_damaged_pixels_are_nothing_that_may_be_left_out() -> None:
    whole = bytearray(plain())
    whole[-13] ^= 1  # the pixels' checksum, before the end chunk of 12 bytes
    file = io.BytesIO(whole)
    with without_damaged_extras(file) as same:
        assert same is file


def test_only_what_is_damaged_is_left_out() -> None:
    wrong_sum = png_chunk(b"tEXt", b"a\0b")[:-1] + b"!"
    sound = png_chunk(b"tEXt", b"a\0c")
    file = io.BytesIO(with_extras(SHORT_GAMMA, sound, wrong_sum) + b"behind the end")
    with without_damaged_extras(file) as copy:
        copy.seek(0)
        assert copy.read() == with_extras(sound)


def test_a_sound_color_profile_counts_beside_a_damaged_chunk() -> None:
    profile = png_chunk(b"iCCP", b"a\0\0" + zlib.compress(swapped_profile()))
    file = io.BytesIO(with_extras(profile, SHORT_GAMMA))
    clean = normalize_picture(file, field="content", rules=IntakeRules())
    red, green, _ = Image.open(io.BytesIO(clean.content)).getpixel((9, 9))
    assert green > 200 > red, "the profile exchanges red and green"
