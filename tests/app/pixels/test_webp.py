"""WebP past Pillow's animation decoder: the same pixels, a third of the memory."""

import io
import tracemalloc
from typing import Any

import pytest
from PIL import Image

from app.pixels import webp
from app.pixels.webp import decode_webp
from tests.app.pictures import encode, srgb_profile

NOISE = Image.effect_noise((70, 50), 80).convert("RGB")
CLEAR = NOISE.copy()
CLEAR.putalpha(Image.linear_gradient("L").resize(NOISE.size))
KINDS: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "lossy": (NOISE, {}),
    "lossless": (NOISE, {"lossless": True}),
    "lossy with alpha": (CLEAR, {}),
    "lossless with alpha": (CLEAR, {"lossless": True}),
    "with metadata": (NOISE, {"icc_profile": srgb_profile(), "exif": b"Exif\0\0x"}),
}


@pytest.mark.parametrize("name", KINDS)
def test_pixels_are_those_that_pillow_decodes(name: str) -> None:
    picture, options = KINDS[name]
    content = encode(picture, "WEBP", **options)
    opened = Image.open(io.BytesIO(content))
    decoded = decode_webp(content, opened)
    assert decoded is not None
    assert decoded.mode == {"RGB": "RGBX", "RGBA": "RGBA"}[opened.mode]
    assert decoded.convert("RGBA").tobytes() == opened.convert("RGBA").tobytes()
    for key in ("icc_profile", "exif"):
        assert decoded.info.get(key) == opened.info.get(key)


def test_damaged_file_is_an_error() -> None:
    content = encode(NOISE, "WEBP")
    opened = Image.open(io.BytesIO(content))
    with pytest.raises(OSError, match="libwebp"):
        decode_webp(content[:-100], opened)


def test_pixels_are_held_once() -> None:
    content = encode(Image.new("RGB", (1000, 1000)), "WEBP")
    opened = Image.open(io.BytesIO(content))
    tracemalloc.start()
    try:
        decode_webp(content, opened)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1.1 * 4 * 1000 * 1000


def test_without_its_library_pillow_is_left_to_decode(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webp, "_libwebp_decode", lambda: None)
    content = encode(NOISE, "WEBP")
    assert decode_webp(content, Image.open(io.BytesIO(content))) is None
