"""Damaged pictures are refused or become whole ones; nothing else happens."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.intake.boxes import DamagedError
from app.intake.heif import OtherCodecError, heif_facts
from tests.app.boxes import coded, heif, stored
from tests.app.pictures import (
    animated,
    corner_marked,
    encode,
    png_chunk,
    raw_png,
    srgb_profile,
    with_orientation,
)
from tests.fuzz.asking import ask, roomy_api
from tests.fuzz.effort import effort
from tests.fuzz.mutations import damaged, with_sound_sums
from tests.intake_corpus.case import END, FORM_TYPE, STYLE_PART, part
from tests.intake_corpus.makers import interlaced, noise

API = roomy_api()
_CLEAR = corner_marked()
_CLEAR.putalpha(Image.linear_gradient("L").resize(_CLEAR.size))
ORIGINALS = [
    noise("JPEG", (48, 36)),
    noise("JPEG", (48, 36), progressive=True, restart_marker_blocks=2),
    with_orientation(6),
    encode(corner_marked().convert("CMYK"), "JPEG", icc_profile=srgb_profile()),
    animated("MPO"),
    noise("PNG", (40, 34)),
    encode(corner_marked(), icc_profile=srgb_profile(), dpi=(72, 72)),
    encode(corner_marked().quantize(4), transparency=1),
    encode(_CLEAR),
    interlaced(),
    raw_png((40, 40), 16, 0, b"\x12\x34" * 40, [png_chunk(b"tRNS", b"\x12\x34")]),
    raw_png((40, 40), 8, 2, bytes(120), [
        png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"text" * 99)),
        png_chunk(b"acTL", struct.pack(">II", 1, 0)),
    ]),
    noise("WEBP", (48, 36)),
    encode(corner_marked(), "WEBP", lossless=True),
    encode(_CLEAR, "WEBP", icc_profile=srgb_profile(), exif=b"Exif\0\0MM\0*\0\0\0\x08"),
    animated("WEBP"),
    stored("grid.heic"),
    stored("orientation_6.heic"),
    stored("ten_bits_alpha.avif"),
    animated("AVIF"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*:UserWarning")  # Pillow's, of odd metadata
@effort(150)
@given(content=damaged(st.sampled_from(ORIGINALS)), sums=st.booleans())
def test_any_damage_is_a_refusal_or_a_picture(*, content: bytes, sums: bool) -> None:
    content = with_sound_sums(content) if sums else content
    answer = ask(
        API,
        headers=[(b"content-type", FORM_TYPE.encode()), (b"content-length", b"1")],
        query=b"validate_only=true",
        body=part("content", content, "a") + STYLE_PART + END,
    )
    answer.require_sane()
    assert answer.status in {200, 413, 415, 422}


BOXES = [
    *(stored(name) for name in ("grid.heic", "alpha.heic", "sequence.heic")),
    *(stored(name) for name in ("ten_bits_alpha.avif", "grid.avif")),
    heif({1: coded()}),
    animated("AVIF"),
]


@effort(1500)
@given(content=damaged(st.sampled_from(BOXES)))
def test_damaged_boxes_are_understood_or_refused(content: bytes) -> None:
    try:
        facts = heif_facts(content)
    except (DamagedError, OtherCodecError):
        return
    assert min(facts.size) >= 1
    assert facts.depth in range(8, 17)
