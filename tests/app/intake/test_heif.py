"""HEIC and AVIF: what phones write becomes a picture, what nobody writes is refused."""

import io
import struct

import pytest
from PIL import Image

from app.intake import IntakeRules, inspect_picture, normalize_mask, normalize_picture
from app.intake.heif import heif_facts
from app.problems import ProblemCode, ProblemError
from tests.app.boxes import Item, box, coded, full_box, grid, heif, ispe, stored, tiled
from tests.app.pictures import (
    RED,
    animated,
    corner_marked,
    decode,
    encode,
    gamma_profile,
    plain,
    swapped_profile,
    with_orientation,
)

WHITE, GREEN = (255, 255, 255), (30, 250, 30)
HALF = (127, 127, 127)


def normalize(content: bytes, **rules: int) -> Image.Image:
    clean = normalize_picture(
        io.BytesIO(content), field="content", rules=IntakeRules(**rules)
    )
    picture = decode(clean.content)
    assert picture.size == (clean.width, clean.height)
    return picture


def about(color: tuple[int, ...], tolerance: int = 6) -> object:
    return pytest.approx(color, abs=tolerance)


def at(picture: Image.Image, x: float, y: float) -> object:
    return picture.getpixel((int(x * picture.width), int(y * picture.height)))


def refusal_of(content: bytes, **rules: int) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        normalize_picture(
            io.BytesIO(content), field="content", rules=IntakeRules(**rules)
        )
    return caught.value


CORNERS = ["plain.heic", "grid.heic", "preview.heic", "grid.avif"]


@pytest.mark.parametrize("name", CORNERS)
def test_pixels_lie_where_they_were(name: str) -> None:
    picture = normalize(stored(name))
    assert picture.size == ((96, 64) if name == "plain.heic" else (160, 96))
    places = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    assert [at(picture, *each) for each in places] == [about(RED), *[about(WHITE)] * 3]


COLORS = {
    "second_is_primary.heic": RED,
    "odd.heic": RED,
    "ten_bits.heic": RED,
    "ten_bits_sparse.heic": RED,
    "ten_bits.avif": RED,
    "ten_bits_grey.heic": (128, 128, 128),
    "grey.heic": (128, 128, 128),
    "alpha.heic": HALF,
    "premultiplied.heic": HALF,
    "grey_alpha.heic": HALF,
    "ten_bits_alpha.heic": HALF,
    "ten_bits_alpha.avif": HALF,
    "icc.heic": GREEN,
    # 200, 100, 50 in Display P3; littleCMS gives the same from Apple's profile.
    "display_p3.heic": (215, 93, 31),
}


@pytest.mark.parametrize("name", COLORS)
def test_every_kind_of_pixel_becomes_8_bit_srgb(name: str) -> None:
    assert at(normalize(stored(name)), 0.5, 0.5) == about(COLORS[name])


def test_size_is_that_of_the_clean_aperture() -> None:
    assert normalize(stored("odd.heic")).size == (65, 49)


AVIFS = {
    "RGB": (plain("AVIF", quality=95), RED),
    "grey": (plain("AVIF", mode="L", color=77), (77, 77, 77)),
    "alpha": (plain("AVIF", mode="RGBA", color=(0, 0, 0, 128)), HALF),
    "clear": (plain("AVIF", mode="RGBA", color=(*RED, 0)), WHITE),
    "profile": (
        plain("AVIF", color=(250, 30, 30), icc_profile=swapped_profile()),
        GREEN,
    ),
    "profile of linear colors and alpha": (
        plain(
            "AVIF",
            mode="RGBA",
            color=(128, 128, 128, 128),
            icc_profile=gamma_profile("RGB ", 1.0),
        ),
        (221, 221, 221),
    ),
    "4:4:4": (plain("AVIF", subsampling="4:4:4", quality=95), RED),
}


@pytest.mark.parametrize("name", AVIFS)
def test_every_kind_of_avif_becomes_8_bit_srgb(name: str) -> None:
    content, color = AVIFS[name]
    assert at(normalize(content), 0.5, 0.5) == about(color)


def test_numbers_for_colors_count_without_a_profile() -> None:
    content = bytearray(plain("AVIF", color=(200, 100, 50), subsampling="4:4:4"))
    start = content.index(b"nclx") + 4
    assert content[start : start + 4] == struct.pack(">HH", 1, 13)
    content[start + 1] = 12
    assert at(normalize(bytes(content)), 0.5, 0.5) == about((215, 93, 31))


def _heic(orientation: int) -> bytes:
    return stored(
        f"orientation_{orientation}.heic" if orientation > 1 else "plain.heic"
    )


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_turned_upright_exactly_once(orientation: int, kind: str) -> None:
    """Phones say it twice: in a box, and in EXIF, which HEIF (6.5.10) overrules."""
    is_heic = kind == "HEIC"
    picture = normalize(
        _heic(orientation) if is_heic else with_orientation(orientation, "AVIF")
    )
    sides = (96, 64) if is_heic else (48, 36)
    assert picture.size == (sides[::-1] if orientation >= 5 else sides)
    x = 0.75 if orientation in {2, 3, 6, 7} else 0.25
    y = 0.75 if orientation in {3, 4, 7, 8} else 0.25
    assert at(picture, x, y) == about(RED, 12)
    assert at(picture, 1 - x, 1 - y) == about(WHITE, 12)


@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_orientation_in_exif_alone_is_not_followed(kind: str) -> None:
    content = stored(f"orientation_6.{kind}")
    assert content.count(b"irot") == 1
    assert struct.pack(">HHIH", 0x0112, 3, 1, 6) in content, "EXIF says it, too"
    turned = normalize(content)
    assert at(turned, 0.75, 0.25) == about(RED)
    still = normalize(content.replace(b"irot\3", b"irot\0"))
    assert (turned.size, still.size) == ((64, 96), (96, 64))
    assert at(still, 0.25, 0.25) == about(RED)


def test_mask_may_be_a_heic() -> None:
    clean = normalize_mask(
        io.BytesIO(stored("grey.heic")), field="mask", rules=IntakeRules()
    )
    assert decode(clean.content).getpixel((5, 5)) == pytest.approx(128, abs=2)


def test_black_mask_is_refused() -> None:
    content = plain("AVIF", color=(0, 0, 0))
    with pytest.raises(ProblemError) as caught:
        normalize_mask(io.BytesIO(content), field="mask", rules=IntakeRules())
    assert caught.value.code is ProblemCode.MASK_EMPTY


def test_large_pictures_are_scaled_down() -> None:
    assert normalize(stored("plain.heic"), stored_side_px=48).size == (48, 32)
    content = encode(corner_marked((960, 640)), "AVIF")
    small = normalize(content, stored_side_px=48)
    assert small.size == (48, 32)
    assert at(small, 0.25, 0.25) == about(RED, 12)


def test_our_own_boxes_hold_a_picture() -> None:
    assert at(normalize(heif({1: coded()})), 0.25, 0.25) == about(RED)
    assert normalize(tiled(coded(), 2, 2, (192, 128))).size == (192, 128)


TILE = coded()
SMALL_TILE = coded(64, 64)
JPEG_ITEM = Item(b"jpeg", plain("JPEG"), [ispe(48, 36)])
GRID_OF_GRIDS = heif(
    {
        1: Item(b"grid", grid(1, 1, 96, 64), [ispe(96, 64)], {b"dimg": [2]}),
        2: Item(b"grid", grid(1, 1, 96, 64), [ispe(96, 64)], {b"dimg": [1]}),
    }
)
ALPHA = (b"auxC", bytes(4) + b"urn:mpeg:hevc:2015:auxid:1\0")


def with_alpha_of(width: int, height: int) -> bytes:
    alpha = coded(width, height, references={b"auxl": [1]})
    properties = [*alpha.properties, ALPHA]
    return heif(
        {1: coded(), 2: Item(b"hvc1", alpha.content, properties, alpha.references)}
    )


def many_items(count: int) -> bytes:
    return heif({number: Item(content=b"\0") for number in range(1, count + 1)})


def tracks(brand: bytes, *counts: int) -> bytes:
    """Return a file of tracks with so many frames, and no still picture."""

    def track(count: int) -> bytes:
        table = box(b"stbl", full_box(b"stsz", struct.pack(">II", 0, count)))
        return box(b"trak", box(b"mdia", box(b"minf", table)))

    head = box(b"ftyp", brand, bytes(4), brand)
    return head + box(b"moov", *map(track, counts)) + box(b"mdat", bytes(9))


_BAD, _BOMB = ProblemCode.IMAGE_UNREADABLE, ProblemCode.IMAGE_TOO_MANY_PIXELS
_OTHER, _MOVING = ProblemCode.UNSUPPORTED_IMAGE_TYPE, ProblemCode.IMAGE_ANIMATED
HEADER_REFUSED = {
    "head alone": (box(b"ftyp", b"heic", bytes(4)), _BAD),
    "a bomb by its size": (heif({1: coded(50_000, 50_000)}), _BOMB),
    "one pixel too many": (heif({1: coded(8000, 8001)}), _BOMB),
    "no size": (heif({1: Item(properties=TILE.properties[:1])}), _BAD),
    "no width": (heif({1: coded(0, 64)}), _BAD),
    "a short side": (heif({1: coded(31, 64)}), ProblemCode.IMAGE_TOO_SMALL),
    "too long": (heif({1: coded(512, 32 * 2 - 1)}), ProblemCode.IMAGE_BAD_ASPECT),
    "no codec's record": (heif({1: Item(properties=[ispe(96, 64)])}), _BAD),
    "no such primary": (heif({1: coded()}, primary=7), _BAD),
    "a JPEG within": (heif({1: JPEG_ITEM}, brand=b"mif1"), _OTHER),
    "pictures over each other": (
        heif({1: Item(b"iovl", bytes(40), [ispe(96, 64)], {b"dimg": [2]}), 2: TILE}),
        _OTHER,
    ),
    "another picture, turned": (
        heif({1: Item(b"iden", b"\0", [ispe(96, 64)], {b"dimg": [1]})}),
        _OTHER,
    ),
    "a grid of grids": (GRID_OF_GRIDS, _OTHER),
    "a grid of 65,025 times the same tile": (
        tiled(coded(1024, 1024), 255, 255, (96, 64), again=True),
        _BAD,
    ),
    "a grid larger than it says": (
        heif(
            {
                1: Item(
                    b"grid", grid(1, 1, 60_000, 60_000), [ispe(96, 64)], {b"dimg": [2]}
                ),
                2: TILE,
            }
        ),
        _BAD,
    ),
    "a grid that is a bomb": (tiled(TILE, 1, 1, (60_000, 60_000)), _BOMB),
    "a grid that lacks tiles": (
        heif(
            {
                1: Item(
                    b"grid", grid(2, 2, 192, 128), [ispe(192, 128)], {b"dimg": [2]}
                ),
                2: TILE,
            }
        ),
        _BAD,
    ),
    "a grid of tiles that are not there": (
        heif({1: Item(b"grid", grid(1, 1, 96, 64), [ispe(96, 64)], {b"dimg": [9]})}),
        _BAD,
    ),
    "alpha larger than the picture": (with_alpha_of(9600, 6400), _BAD),
    "2,000 items": (many_items(2000), _BAD),
    "thousands of boxes": (box(b"ftyp", b"heic", bytes(4)) + box(b"free") * 9000, _BAD),
    "thousands of boxes within": (
        heif({1: coded()}, extra=[box(b"free")] * 9000),
        _BAD,
    ),
    "a table of 2 MB": (heif({1: coded()}, extra=[box(b"free", bytes(2**21))]), _BAD),
    "a box of no end": (
        box(b"ftyp", b"heic", bytes(4)) + b"\xff\xff\xff\xffmeta",
        _BAD,
    ),
    "a box shorter than its head": (
        box(b"ftyp", b"heic", bytes(4)) + b"\0\0\0\4meta" + bytes(99),
        _BAD,
    ),
    "a sequence": (stored("sequence.heic"), _MOVING),
    "a sequence without a still picture": (tracks(b"hevc", 30), _MOVING),
    "a sequence that does not say how long it is": (tracks(b"msf1"), _MOVING),
    "an animated AVIF": (animated("AVIF"), _MOVING),
}


@pytest.mark.parametrize("name", HEADER_REFUSED)
def test_boxes_are_enough_to_refuse(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("app.intake.normalization.decode_apart", fail)
    content, code = HEADER_REFUSED[name]
    assert refusal_of(content).code is code


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", ["plain.heic", "grid.heic", "grid.avif"])
def test_cut_off_files_are_refused_by_their_boxes(name: str, share: float) -> None:
    content = stored(name)
    with pytest.raises(ProblemError) as caught:
        inspect_picture(
            io.BytesIO(content[: int(share * len(content))]),
            field="content",
            rules=IntakeRules(),
        )
    assert caught.value.code is _BAD


def test_what_phones_leave_behind_the_last_box_is_nobody_s_business() -> None:
    plain_heic = stored("plain.heic")
    for more in (b"SEFT", bytes(50), box(b"mpvd", bytes(999))):
        assert normalize(plain_heic + more).size == (96, 64)


def test_kind_is_that_of_the_picture_whatever_the_brand() -> None:
    avif = plain("AVIF", quality=95)
    for brand in (b"mif1", b"heic"):
        told = avif[:8] + brand + avif[12:]
        assert at(normalize(told), 0.5, 0.5) == about(RED)
    heic = stored("plain.heic")
    assert normalize(heic[:8] + b"avif" + heic[12:]).size == (96, 64)


def test_size_that_is_a_lie_is_found_by_the_decoder() -> None:
    assert refusal_of(heif({1: coded(64, 64)})).code is _BAD
    assert refusal_of(heif({1: coded(4000, 4000)})).code is _BAD


def test_limits_are_those_of_the_rules() -> None:
    heic = heif({1: coded(100, 100)})
    assert refusal_of(heic, max_pixels=6249).errors[0].limit == 9998
    inspect_picture(
        io.BytesIO(heic), field="content", rules=IntakeRules(max_pixels=6250)
    )
    avif = plain("AVIF", size=(100, 100))
    assert refusal_of(avif, max_pixels=9999).errors[0].limit == 9999


@pytest.mark.parametrize(
    ("name", "size", "most"),
    [
        ("plain.heic", (8064, 6048), None),
        ("ten_bits_sparse.heic", (8160, 6120), None),
        ("ten_bits.avif", (7000, 5700), 32_855_381),
    ],
)
def test_pixels_of_more_bits_may_be_fewer(
    name: str, size: tuple[int, int], most: int | None
) -> None:
    """A phone's 48 and 50 megapixels fit, of 10 bits too; AVIF's 4:4:4 does not."""
    content = stored(name)
    start = content.index(b"ispe") + 8
    claimed = content[:start] + struct.pack(">II", *size) + content[start + 8 :]
    if most is not None:
        assert refusal_of(claimed).errors[0].limit == most
        return
    header = inspect_picture(io.BytesIO(claimed), field="content", rules=IntakeRules())
    assert header.pixels == size[0] * size[1]


def test_facts_of_a_still_picture() -> None:
    facts = heif_facts(stored("ten_bits_alpha.avif"))
    assert (facts.size, facts.codec, facts.depth) == ((64, 64), b"av01", 10)
    assert (facts.has_alpha, facts.nclx, facts.frames) == (True, (1, 13), 1)
