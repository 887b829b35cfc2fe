"""A profile is applied in the mode that it describes, before anything is flattened."""

import io
import struct
import zlib

import pytest
from PIL import Image

from app.intake import IntakeRules, normalize_picture
from tests.app.pictures import decode, encode, gamma_profile, png_chunk, raw_png

LINEAR_GREY = gamma_profile("GRAY", 1.0)
LINEAR = gamma_profile("RGB ", 1.0)
#: 128 of 255 in linear light, and with half of it on white paper.
BRIGHT, HALF_ON_WHITE = 188, 221


def middle(content: bytes) -> tuple[int, int, int]:
    clean = normalize_picture(io.BytesIO(content), field="content", rules=IntakeRules())
    picture = decode(clean.content)
    return picture.getpixel((picture.width // 2, picture.height // 2))  # type: ignore[return-value]


def plain(mode: str, color: object, kind: str = "PNG", **options: object) -> bytes:
    picture = Image.new(mode, (64, 40), color)  # type: ignore[arg-type]
    return encode(picture, kind, **{"icc_profile": LINEAR_GREY, **options})


def with_profile(depth: int, color_type: int, row: bytes, *extra: bytes) -> bytes:
    """Return a PNG of any depth with the linear grey profile."""
    icc = png_chunk(b"iCCP", b"g\0\0" + zlib.compress(LINEAR_GREY))
    return raw_png((40, 40), depth, color_type, row, [icc, *extra])


def grey16(value: int, *extra: bytes) -> bytes:
    return with_profile(16, 0, struct.pack(">H", value) * 40, *extra)


def grey16_alpha(value: int, alpha: int) -> bytes:
    return with_profile(16, 4, struct.pack(">HH", value, alpha) * 40)


def palette(profile: bytes, **options: object) -> bytes:
    picture = Image.new("P", (64, 40), 1)
    picture.putpalette([0, 0, 0, 128, 128, 128])
    return encode(picture, icc_profile=profile, **options)


def lossless(mode: str, color: object) -> bytes:
    return plain(mode, color, "WEBP", lossless=True)


CASES = {
    "grey": (plain("L", 128), BRIGHT),
    "grey and alpha, opaque": (plain("LA", (128, 255)), BRIGHT),
    "grey and alpha, half": (plain("LA", (128, 128)), HALF_ON_WHITE),
    "grey and alpha, clear": (plain("LA", (128, 0)), 255),
    "grey, another value transparent": (plain("L", 128, transparency=7), BRIGHT),
    "grey, this value transparent": (plain("L", 128, transparency=128), 255),
    "one bit, white transparent": (plain("1", 0, transparency=1), 0),
    "2 bits of grey": (with_profile(2, 0, b"\x55" * 10), 156),
    "2 bits, another value transparent": (
        with_profile(2, 0, b"\x55" * 10, png_chunk(b"tRNS", b"\0\3")),
        156,
    ),
    "16 bits of grey": (grey16(0x8080), BRIGHT),
    "16 bits of dark grey": (grey16(0x0180), 18),
    "16 bits, another value transparent": (
        grey16(0x8080, png_chunk(b"tRNS", b"\0\7")),
        BRIGHT,
    ),
    "16 bits, this value transparent": (
        grey16(0x8080, png_chunk(b"tRNS", b"\x80\x80")),
        255,
    ),
    "16 bits and alpha, opaque": (grey16_alpha(0x8080, 0xFFFF), BRIGHT),
    "16 bits and alpha, half": (grey16_alpha(0x8080, 0x8080), HALF_ON_WHITE),
    "JPEG, grey": (plain("L", 128, "JPEG", quality=95), BRIGHT),
    "JPEG, grey stored in colors": (plain("RGB", (128,) * 3, "JPEG"), BRIGHT),
    "WebP, grey": (lossless("RGB", (128,) * 3), BRIGHT),
    "WebP, grey, lossy": (plain("L", 128, "WEBP", quality=95), BRIGHT),
    "WebP, grey and alpha, half": (lossless("LA", (128, 128)), HALF_ON_WHITE),
    "grey with a profile of colors": (plain("L", 128, icc_profile=LINEAR), BRIGHT),
    "grey and alpha with a profile of colors": (
        plain("LA", (128, 128), icc_profile=LINEAR),
        HALF_ON_WHITE,
    ),
    "palette": (palette(LINEAR), BRIGHT),
    "palette with a transparent value": (
        palette(LINEAR, transparency=b"\xff\x80"),
        HALF_ON_WHITE,
    ),
    "palette of greys with a profile of grey": (palette(LINEAR_GREY), BRIGHT),
    "RGBA, half": (plain("RGBA", (128,) * 4, icc_profile=LINEAR), HALF_ON_WHITE),
    "WebP of RGBA, half": (
        plain("RGBA", (128,) * 4, "WEBP", lossless=True, icc_profile=LINEAR),
        HALF_ON_WHITE,
    ),
    "RGB, another color transparent": (
        plain("RGB", (128,) * 3, icc_profile=LINEAR, transparency=(1, 2, 3)),
        BRIGHT,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_profile_is_applied_to_what_it_describes(name: str) -> None:
    content, expected = CASES[name]
    assert middle(content) == pytest.approx((expected,) * 3, abs=2)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_profile_of_grey_does_not_touch_colors(mode: str) -> None:
    color = (200, 30, 40, 255)[: len(mode)]
    assert middle(plain(mode, color)) == (200, 30, 40)


def test_darkest_greys_of_a_linear_profile_keep_their_light() -> None:
    assert middle(plain("L", 1)) == pytest.approx((13,) * 3, abs=1)


def test_profile_of_cmyk_does_not_touch_others() -> None:
    cmyk = LINEAR_GREY.replace(b"GRAY", b"CMYK", 1)
    assert middle(plain("L", 128, icc_profile=cmyk)) == (128,) * 3
    assert middle(plain("LA", (128, 255), icc_profile=cmyk)) == (128,) * 3
