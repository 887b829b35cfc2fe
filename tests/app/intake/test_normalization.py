import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from app.intake import (
    IntakeRules,
    NormalizedPicture,
    normalization,
    normalize_picture,
)
from app.problems import ProblemCode, ProblemError
from tests.app.pictures import (
    RED,
    animated,
    corner_marked,
    decode,
    encode,
    grey16,
    plain,
    png_chunk,
    raw_png,
    srgb_profile,
    swapped_profile,
    with_orientation,
)

WHITE = (255, 255, 255)
#: 64 x 40 pixels, 200 on the left and 0 on the right, by T.81's annex H; Pillow writes
#: none. The coded data of equal neighbours are zeros.
LOSSLESS_JPEG = (
    bytes.fromhex(
        "ffd8ffc400160001010100000000000000000000000000000708ffc3000b0800"
        "28004001001100ffda0008010000060000a400000000c6e0"
    )
    + bytes(316)
    + b"\xff\xd9"
)


def normalize(content: bytes, **rules: int) -> NormalizedPicture:
    return normalize_picture(
        io.BytesIO(content), field="content", rules=IntakeRules(**rules)
    )


def middle(content: bytes) -> tuple[int, ...]:
    picture = decode(normalize(content).content)
    assert picture.mode == "RGB"
    return picture.getpixel((picture.width // 2, picture.height // 2))  # type: ignore[return-value]


def about(color: tuple[int, ...], tolerance: int = 4) -> object:
    return pytest.approx(color, abs=tolerance)


COLORS = {
    "jpeg": (plain("JPEG", quality=95), RED),
    "progressive jpeg": (plain("JPEG", progressive=True, quality=95), RED),
    "webp": (plain("WEBP", lossless=True), RED),
    "palette": (encode(Image.new("RGB", (40, 40), RED).quantize(2)), RED),
    "one bit": (plain(mode="1", color=1), WHITE),
    "grey": (plain(mode="L", color=77), (77, 77, 77)),
    "grey jpeg": (plain("JPEG", mode="L", color=77, quality=95), (77, 77, 77)),
    "cmyk jpeg": (
        plain("JPEG", mode="CMYK", color=(0, 255, 255, 0), quality=95),
        (255, 0, 0),
    ),
    "opaque alpha": (plain(mode="RGBA", color=(*RED, 255)), RED),
    "half alpha": (plain(mode="RGBA", color=(0, 0, 0, 128)), (127, 127, 127)),
    "no opacity": (plain(mode="RGBA", color=(*RED, 0)), WHITE),
    "grey with alpha": (plain(mode="LA", color=(0, 128)), (127, 127, 127)),
    "webp with alpha": (
        plain("WEBP", mode="RGBA", color=(0, 0, 0, 128), lossless=True),
        (127, 127, 127),
    ),
    "transparent palette": (
        encode(Image.new("RGB", (40, 40), RED).quantize(2), transparency=0),
        WHITE,
    ),
    "transparent color": (
        encode(Image.new("RGB", (40, 40), RED), transparency=RED),
        WHITE,
    ),
    "16-bit grey, dark": (grey16(0x1800), (0x18, 0x18, 0x18)),
    "16-bit grey, middle": (grey16(0x8000), (0x80, 0x80, 0x80)),
    "16-bit grey, white": (grey16(0xFFFF), WHITE),
    "16-bit colors": (
        raw_png((40, 40), 16, 2, struct.pack(">HHH", 0xFA00, 0x1400, 0x1E00) * 40),
        RED,
    ),
    "16-bit grey with alpha": (
        raw_png((40, 40), 16, 4, struct.pack(">HH", 0, 0x8000) * 40),
        (127, 127, 127),
    ),
    "2-bit grey": (raw_png((40, 40), 2, 0, b"\xaa" * 10), (170, 170, 170)),
    "phone's picture": (animated("MPO"), (0, 0, 0)),
    "sRGB profile": (plain("PNG", icc_profile=srgb_profile()), RED),
    "broken profile": (plain("PNG", icc_profile=b"no profile at all"), RED),
    "profile of another kind": (
        plain("PNG", mode="L", color=77, icc_profile=srgb_profile()),
        (77, 77, 77),
    ),
    "broken EXIF": (
        plain("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", quality=95),
        RED,
    ),
    "jpeg with a zip behind it": (plain("JPEG", quality=95) + b"PK\3\4", RED),
}


@pytest.mark.parametrize("name", COLORS)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # Pillow's, harmless
def test_every_mode_becomes_the_same_8_bit_srgb(name: str) -> None:
    content, color = COLORS[name]
    assert middle(content) == about(color)


def test_a_profile_is_applied_and_not_only_dropped() -> None:
    red, green, _ = middle(plain("PNG", icc_profile=swapped_profile()))
    assert green > 200 > red


def test_a_profile_of_an_alpha_picture_is_applied() -> None:
    content = plain(mode="RGBA", color=(*RED, 255), icc_profile=swapped_profile())
    red, green, _ = middle(content)
    assert green > 200 > red


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied(orientation: int, kind: str) -> None:
    picture = decode(normalize(with_orientation(orientation, kind)).content)
    is_turned = orientation >= 5
    assert picture.size == ((36, 48) if is_turned else (48, 36))
    is_right, is_low = orientation in {2, 3, 6, 7}, orientation in {3, 4, 7, 8}
    corner = (
        picture.width * (3 if is_right else 1) // 4,
        picture.height * (3 if is_low else 1) // 4,
    )
    assert picture.getpixel(corner) == about(RED, 12)
    opposite = (picture.width - 1 - corner[0], picture.height - 1 - corner[1])
    assert picture.getpixel(opposite) == about(WHITE, 12)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(orientation: int) -> None:
    assert normalize(with_orientation(orientation)).width == 48


def test_no_metadata_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    content = encode(
        corner_marked(),
        "PNG",
        exif=exif.tobytes(),
        icc_profile=srgb_profile(),
        dpi=(300, 300),
    )
    noted = content[:33] + png_chunk(b"tEXt", b"Comment\0SECRET") + content[33:]
    clean = normalize(noted).content
    assert b"SECRET" not in clean
    names, position = [], 8
    while position < len(clean):
        (length,) = struct.unpack_from(">I", clean, position)
        names.append(clean[position + 4 : position + 8])
        position += length + 12
    assert set(names) == {b"IHDR", b"IDAT", b"IEND"}


def test_the_record_describes_the_stored_bytes() -> None:
    normalized = normalize(with_orientation(6))
    assert normalized.sha256 == hashlib.sha256(normalized.content).hexdigest()
    assert (normalized.width, normalized.height) == decode(normalized.content).size
    assert normalized.media_type == "image/png"


def test_the_same_bytes_come_out_again() -> None:
    content = plain("JPEG")
    assert normalize(content) == normalize(content)


def test_a_small_picture_keeps_its_pixels() -> None:
    picture = Image.effect_noise((64, 48), 60).convert("RGB")
    assert decode(normalize(encode(picture)).content).tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    ("size", "scaled"),
    [
        ((400, 300), (100, 75)),
        ((300, 400), (75, 100)),
        ((101, 50), (100, 50)),
        ((800, 100), (100, 12)),
        ((100, 50), (100, 50)),
    ],
)
def test_large_pictures_are_scaled_down(
    size: tuple[int, int], scaled: tuple[int, int]
) -> None:
    normalized = normalize(plain(size=size), stored_side_px=100)
    assert (normalized.width, normalized.height) == scaled


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_scaling_in_bands_leaves_no_seam_and_moves_nothing(mode: str) -> None:
    steep = Image.linear_gradient("L").resize((90, 3000))
    content = encode(steep.convert(mode))
    small = decode(
        normalize(content, stored_side_px=300, max_aspect=40).content
    ).convert("L")
    column = [small.getpixel((4, y)) for y in range(small.height)]
    expected = [255 * (y + 0.5) / 300 for y in range(300)]
    assert column == pytest.approx(expected, abs=2)


def test_bands_give_what_the_whole_picture_would() -> None:
    noise = Image.effect_noise((90, 3001), 90)
    small = decode(normalize(encode(noise), stored_side_px=300, max_aspect=40).content)
    whole = noise.reduce(8).resize(
        (9, 300), Image.Resampling.LANCZOS, box=(0, 0, 90 / 8, 3001 / 8)
    )
    assert small.convert("L").tobytes() == whole.tobytes()


@pytest.mark.parametrize("options", [{}, {"progressive": True, "subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_large_jpeg_is_scaled_as_any_other_picture(
    mode: str, options: dict[str, object]
) -> None:
    steep = Image.linear_gradient("L").resize((487, 731)).convert(mode)
    jpeg, png = (
        decode(normalize(content, stored_side_px=100).content)
        for content in (
            encode(steep, "JPEG", quality=95, **options),
            encode(steep.convert("RGB")),
        )
    )
    assert jpeg.size == png.size == (67, 100)
    difference = ImageChops.difference(jpeg, png)
    assert max(high for _, high in difference.getextrema()) <= 4  # type: ignore[misc]


def test_large_lossless_jpeg_is_scaled_although_it_has_no_blocks() -> None:
    small = decode(normalize(LOSSLESS_JPEG, stored_side_px=20).content)
    assert small.size == (20, 12)
    assert [small.getpixel((x, 6)) for x in (2, 17)] == [(200,) * 3, (0,) * 3]


def test_jpeg_of_many_coefficients_is_decoded_at_half_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(normalization, "_MOST_COEFFICIENT_BYTES", 2 * 64 * 48 * 3)
    step = Image.new("RGB", (64, 48))
    step.paste(WHITE, (33, 0, 64, 48))
    kept = decode(normalize(encode(step, "JPEG", quality=95)).content)
    assert kept.getpixel((33, 24)) > (230,) * 3  # type: ignore[operator]
    monkeypatch.setattr(normalization, "_MOST_COEFFICIENT_BYTES", 2 * 64 * 48 * 3 - 1)
    halved = decode(normalize(encode(step, "JPEG", quality=95)).content)
    assert halved.size == kept.size
    assert halved.getpixel((33, 24)) < (230,) * 3  # type: ignore[operator]


def test_transparent_colors_do_not_bleed_when_scaled() -> None:
    picture = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (100, 0, 200, 200))
    small = decode(normalize(encode(picture), stored_side_px=50).content)
    for x in range(50):
        red, green, blue = small.getpixel((x, 25))  # type: ignore[misc]
        assert abs(red - green) <= 2
        assert blue >= 250


CUT = {
    "jpeg": plain("JPEG", size=(200, 200), color=RED)[:-30],
    "noisy jpeg": encode(Image.effect_noise((200, 200), 90), "JPEG")[:4000],
    "png": encode(Image.effect_noise((99, 99), 90))[:-300],
    "webp": encode(Image.effect_noise((99, 99), 90), "WEBP")[:-300],
}


@pytest.mark.parametrize("name", CUT)
def test_cut_off_pictures_are_refused(name: str) -> None:
    with pytest.raises(ProblemError) as caught:
        normalize(CUT[name])
    assert caught.value.code is ProblemCode.IMAGE_UNREADABLE


def test_nothing_is_decoded_that_was_not_inspected() -> None:
    with pytest.raises(ProblemError) as caught:
        normalize(plain(size=(31, 31)))
    assert caught.value.code is ProblemCode.IMAGE_TOO_SMALL


NOISE = Image.effect_noise((40, 40), 80).convert("RGB")
SEEDS = [encode(NOISE, "JPEG"), encode(NOISE, "PNG"), encode(NOISE, "WEBP")]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.sampled_from(SEEDS),
    place=st.floats(0, 0.999),
    noise=st.binary(min_size=1, max_size=40),
    cut=st.floats(0.1, 1),
)
def test_damage_anywhere_is_a_refusal_or_a_picture(
    seed: bytes, place: float, noise: bytes, cut: float
) -> None:
    start = int(place * len(seed))
    broken = seed[:start] + noise + seed[start + len(noise) :]
    try:
        normalized = normalize(broken[: max(1, int(cut * len(broken)))])
    except ProblemError:
        return
    assert decode(normalized.content).mode == "RGB"


def test_a_png_whose_pixels_were_changed_is_refused() -> None:
    """Pillow would decode it, to other pixels."""
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    content = bytearray(file.getvalue())
    content[content.index(b"IDAT") + 20] ^= 1
    with pytest.raises(ProblemError) as caught:
        normalize_picture(io.BytesIO(content), field="content", rules=IntakeRules())
    assert caught.value.code is ProblemCode.IMAGE_UNREADABLE


@pytest.mark.parametrize(
    ("color_type", "pixel", "key", "expected"),
    [
        (0, (0x1234,), (0x1234,), WHITE),
        (0, (0,), (0,), WHITE),
        (0, (0x8000,), (0x1234,), (128, 128, 128)),
        (2, (0x1234,) * 3, (0x1234,) * 3, WHITE),
        (2, (0, 0, 0), (0, 0, 0), WHITE),
        (2, (0x5634,) * 3, (0x1234,) * 3, (0x56, 0x56, 0x56)),
    ],
)
def test_the_transparent_value_of_16_bits_becomes_paper(
    color_type: int,
    pixel: tuple[int, ...],
    key: tuple[int, ...],
    expected: tuple[int, ...],
) -> None:
    side_px = 64
    head = struct.pack(">IIBBBBB", side_px, side_px, 16, color_type, 0, 0, 0)
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * side_px
    content = b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", head),
            png_chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)),
            png_chunk(b"IDAT", zlib.compress(row * side_px)),
            png_chunk(b"IEND", b""),
        ]
    )
    assert middle(content) == expected
