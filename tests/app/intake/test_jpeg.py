"""What libjpeg would decode without a word: too little data, and scans without end."""

import io

import pytest
from PIL import Image

from app.intake import IntakeRules, normalize_picture
from app.intake.jpeg import is_plausible_jpeg
from app.problems import ProblemCode, ProblemError
from tests.app.pictures import animated, encode, plain, srgb_profile, with_orientation

NOISE = Image.effect_noise((96, 64), 80).convert("RGB")
PROGRESSIVE = plain("JPEG", size=(96, 64), progressive=True)


def is_plausible(content: bytes) -> bool:
    return is_plausible_jpeg(io.BytesIO(content))


def claiming(content: bytes, width: int, height: int) -> bytes:
    """Return a JPEG with another size in its frame's header."""
    frame = b"\xff\xc2" if b"\xff\xc2" in content else b"\xff\xc0"
    start = content.index(frame) + 5
    sides = height.to_bytes(2) + width.to_bytes(2)
    return content[:start] + sides + content[start + 4 :]


def with_scans(content: bytes, count: int) -> bytes:
    """Return a progressive JPEG whose last scan comes `count` times more."""
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * count + content[-2:]


GOOD = {
    "flat, the shortest there is": plain("JPEG", size=(2048, 2048), optimize=True),
    "flat grey": plain("JPEG", size=(2048, 2048), mode="L", color=9, optimize=True),
    "flat and progressive": plain("JPEG", size=(2048, 2048), progressive=True),
    "flat in CMYK": plain("JPEG", size=(999, 999), mode="CMYK", color=(1, 2, 3, 4)),
    "not subsampled": plain("JPEG", size=(999, 999), subsampling=0, optimize=True),
    "noise": encode(NOISE, "JPEG"),
    "restarts": encode(NOISE, "JPEG", restart_marker_blocks=2),
    "metadata": plain("JPEG", icc_profile=srgb_profile(), comment=b"\xff\xda" * 200),
    "EXIF": with_orientation(6),
    "several pictures": animated("MPO"),
    "fillers before a marker": b"\xff\xd8\xff\xff" + plain("JPEG")[2:],
    "something behind it": plain("JPEG") + b"\xff\xda" * 1000,
}


@pytest.mark.parametrize("name", GOOD)
def test_good_pictures_are_plausible(name: str) -> None:
    assert is_plausible(GOOD[name])


def test_data_for_fewer_blocks_than_claimed_are_too_little() -> None:
    for content in (plain("JPEG"), PROGRESSIVE):
        assert is_plausible(content)
        assert not is_plausible(claiming(content, 5000, 5000))


def test_picture_that_was_cut_and_closed_again_is_refused() -> None:
    flat = plain("JPEG", size=(2048, 2048))
    closed = io.BytesIO(flat[: len(flat) // 10] + b"\xff\xd9")
    with pytest.raises(ProblemError) as caught:
        normalize_picture(closed, field="content", rules=IntakeRules())
    assert caught.value.code is ProblemCode.IMAGE_UNREADABLE


def test_scans_without_end_are_refused() -> None:
    assert is_plausible(with_scans(PROGRESSIVE, 50))
    assert not is_plausible(with_scans(PROGRESSIVE, 100))


@pytest.mark.parametrize("cut", [2, 3, 4, 20, 160, 300])
def test_what_ends_anywhere_is_read_without_an_error(cut: int) -> None:
    assert isinstance(is_plausible(PROGRESSIVE[:cut]), bool)
