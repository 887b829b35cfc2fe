"""Corrupt and hostile: the right kind of file, and still no picture."""
# ruff: noqa: E501 - a row is a line

import struct
from dataclasses import replace

from PIL import Image

from tests.app.boxes import Item, box, coded, grid, heif, ispe, stored, tiled
from tests.app.pictures import (
    animated,
    claiming,
    encode,
    plain,
    png_chunk,
    webp_claiming,
)
from tests.intake_corpus.case import GOOD, Case, of_parts, part, refused
from tests.intake_corpus.makers import (
    END,
    SIDE_PX,
    SIGNATURE,
    flipped,
    header,
    joined,
    jpeg_claiming,
    many_scans,
    noise,
    packed,
    pixels,
    png,
    rows,
    webp,
    webp_frames,
    with_chunks,
    without_segment,
)

_BAD = "image_unreadable"
_BOMB = "image_too_many_pixels"
_SMALL = "image_too_small"
_MOVING = "image_animated"
#: What a refusal may take that unpacks nothing.
_LITTLE = 16 * 2**20


def _half_sum() -> bytes:
    whole = with_chunks()
    return whole[:-2]


def _no_codes() -> bytes:
    return without_segment(noise("JPEG"), b"\xff\xdb")


def _flat() -> bytes:
    return plain("JPEG", size=(1024, 1024))


TRUNCATED = [
    *(
        refused(
            f"{kind}, the first {share:.0%} of it",
            lambda kind=kind, share=share: (  # type: ignore[misc]
                (c := noise(kind))[: int(len(c) * share)]
            ),
            _BAD,
        )
        for kind in ("PNG", "JPEG", "WEBP", "AVIF")
        for share in (0.01, 0.1, 0.5, 0.9)
    ),
    refused("PNG without its last byte", lambda: with_chunks()[:-1], _BAD),
    refused("PNG without half its last sum", _half_sum, _BAD),
    refused("PNG without an end", lambda: png(header(), pixels()), _BAD),
    refused("PNG without pixels", lambda: png(header(), END), _BAD),
    refused("PNG that is a signature", lambda: SIGNATURE, _BAD),
    refused("PNG whose pixels end early", lambda: png(
        header(), (b"IDAT", pixels()[1][:20]), END), _BAD),
    refused("PNG that lacks rows", lambda: png(
        header(), pixels(rows(count=SIDE_PX - 1)), END), _BAD),
    refused("JPEG without its last byte", lambda: noise("JPEG")[:-1], _BAD),
    refused("JPEG without an end", lambda: noise("JPEG")[:-2], _BAD),
    refused("JPEG that is its first marker", lambda: b"\xff\xd8\xff\xd9", _BAD),
    refused("JPEG that was cut and closed again",
            lambda: (c := _flat())[: len(c) // 10] + b"\xff\xd9", _BAD),
    *(
        refused(f"HEIC, the first {share:.0%} of it", lambda share=share: (  # type: ignore[misc]
            (c := stored("grid.heic"))[: int(len(c) * share)]), _BAD)
        for share in (0.1, 0.5, 0.9, 0.99)
    ),
    refused("WebP without its last bytes", lambda: noise("WEBP")[:-40], _BAD),
    refused("WebP that is a header", lambda: b"RIFF\x04\0\0\0WEBP", _BAD),
]  # fmt: skip

CORRUPT = [
    refused("PNG with a bit of its pixels turned",
            lambda: flipped(noise("PNG"), b"IDAT", 500, 1), _BAD),
    refused("PNG with a wrong sum of its header",
            lambda: flipped(GOOD, b"IHDR", 18), _BAD),
    refused("PNG with a wrong sum of its pixels",
            lambda: GOOD[:-14] + b"\0\0" + GOOD[-12:], _BAD),
    refused("PNG with sound sums over damaged pixels", lambda: png(
        header(), (b"IDAT", (c := pixels()[1])[:10] + b"??????" + c[16:]), END), _BAD),
    refused("PNG with pixels that are not packed", lambda: png(
        header(), (b"IDAT", rows()), END), _BAD),
    refused("PNG with a filter that does not exist", lambda: png(
        header(), pixels(b"\x09" + rows()[1:]), END), _BAD),
    refused("PNG of no width", lambda: claiming(0, 40), _BAD),
    refused("PNG of no height", lambda: claiming(40, 0), _BAD),
    refused("PNG with 3 bits a sample", lambda: png(header(3), pixels(), END), _BAD),
    refused("PNG with color type 5", lambda: png(header(8, 5), pixels(), END), _BAD),
    refused("PNG with another compression", lambda: png(
        header(methods=b"\1\0\0"), pixels(), END), _BAD),
    refused("PNG with another interlacing", lambda: png(
        header(methods=b"\0\0\2"), pixels(), END), _BAD),
    refused("PNG without its palette", lambda: png(
        header(8, 3), pixels(rows(bytes(SIDE_PX))), END), _BAD),
    refused("PNG with two headers", lambda: png(header(), header(), pixels(), END), _BAD),
    refused("PNG with a second header behind the pixels", lambda: png(
        header(), pixels(), header(size=(60_000, 60_000)), END), _BAD),
    refused("PNG whose header comes second", lambda: png(
        (b"tEXt", b"a\0b"), header(), pixels(), END), _BAD),
    refused("PNG with a critical chunk that nobody knows",
            lambda: with_chunks((b"ABCD", b"x")), _BAD),
    refused("PNG with a comment between its pixels", lambda: png(
        header(), (b"IDAT", pixels()[1][:20]), (b"tEXt", b"a\0b"),
        (b"IDAT", pixels()[1][20:]), END), _BAD),
    refused("PNG with a transparent color cut short",
            lambda: with_chunks((b"tRNS", b"\0")), _BAD),
    refused("PNG with a chunk of 2 GiB to come", lambda: SIGNATURE + png_chunk(
        *header()) + struct.pack(">I4s", 2**31 - 1, b"IDAT") + pixels()[1], _BAD, most_bytes=_LITTLE),
    refused("PNG with a chunk of 4 GiB to come", lambda: SIGNATURE + png_chunk(
        *header()) + struct.pack(">I4s", 2**32 - 1, b"tEXt") + b"a\0b", _BAD, most_bytes=_LITTLE),
    refused("JPEG with its codes overwritten", lambda: joined(
        [(c := noise("JPEG"))[:1000], b"\xff" * 60, c[1060:]]), _BAD),
    refused("JPEG without its quantization", _no_codes, _BAD),
    refused("JPEG of no height", lambda: jpeg_claiming(plain("JPEG"), 48, 0), _BAD),
    refused("JPEG of no width", lambda: jpeg_claiming(plain("JPEG"), 0, 36), _BAD),
    refused("JPEG with 12 bits a sample",
            lambda: flipped(plain("JPEG"), b"\xff\xc0", 4, 4), _BAD),
    refused("JPEG without loss", lambda: plain("JPEG").replace(b"\xff\xc0", b"\xff\xc3"), _BAD),
    refused("JPEG in layers", lambda: plain("JPEG").replace(b"\xff\xc0", b"\xff\xc5"), _BAD),
    refused("JPEG's first bytes, then a PNG", lambda: b"\xff\xd8\xff" + GOOD, _BAD),
    refused("JPEG's first bytes, then noise", lambda: b"\xff\xd8\xff" + noise("PNG")[60:], _BAD),
    refused("WebP with a bit of its header turned",
            lambda: flipped(noise("WEBP"), b"VP8 ", 11, 0xFF), _BAD),
    refused("WebP with noise in it", lambda: webp((b"VP8 ", noise("PNG")[60:999])), _BAD),
    refused("WebP with a canvas and no picture", lambda: webp_claiming(64, 64), _BAD),
    refused("WebP with a kind of chunk that nobody knows",
            lambda: webp((b"JUNK", bytes(40))), _BAD),
    refused("WebP of another size than its canvas", lambda: webp(
        (b"VP8X", bytes(4) + b"\x3f\0\0\x3f\0\0"), (b"VP8L", noise("WEBP", lossless=True)[20:])), _BAD),
]  # fmt: skip

HOSTILE = [
    refused("PNG of 50,000 x 50,000", lambda: claiming(50_000, 50_000), _BOMB, most_bytes=_LITTLE),
    refused("PNG of 2^31 - 1 squared", lambda: claiming(2**31 - 1, 2**31 - 1), _BOMB, most_bytes=_LITTLE),
    refused("PNG of 8,000 x 8,000, below Pillow's own limit",
            lambda: claiming(8000, 8000), _BOMB, most_bytes=_LITTLE),
    refused("PNG with one pixel too many", lambda: claiming(8000, 5001), _BOMB, most_bytes=_LITTLE),
    refused("PNG, truly 49 megapixels, in 6 kB",
            lambda: plain(size=(7000, 7000), mode="1", color=1), _BOMB, most_bytes=_LITTLE),
    refused("JPEG of 65,535 x 65,535",
            lambda: jpeg_claiming(plain("JPEG"), 65_535, 65_535), _BOMB, most_bytes=_LITTLE),
    refused("JPEG of 0.7 kB that claims 40 megapixels",
            lambda: jpeg_claiming(plain("JPEG"), 8000, 5000), _BAD, most_bytes=_LITTLE),
    refused("WebP of 16,383 x 16,383", lambda: webp_claiming(16_383, 16_383), _BOMB, most_bytes=_LITTLE),
    refused("PNG with 200 MB packed behind its pixels", lambda: png(
        header(), (b"IDAT", packed(200_000_000)), END), _BAD, most_bytes=_LITTLE),
    refused("PNG with a packed text of 50 MB", lambda: with_chunks(
        (b"zTXt", b"a\0\0" + packed(50_000_000))), _BAD, most_bytes=_LITTLE),
    refused("PNG with a packed text of 50 MB at its end", lambda: png(
        header(), pixels(), (b"zTXt", b"a\0\0" + packed(50_000_000)), END), _BAD, most_bytes=_LITTLE),
    refused("PNG with a packed text in UTF-8 of 50 MB", lambda: with_chunks(
        (b"iTXt", b"a\0\1\0\0\0" + packed(50_000_000))), _BAD, most_bytes=_LITTLE),
    refused("PNG with a color profile of 50 MB", lambda: with_chunks(
        (b"iCCP", b"a\0\0" + packed(50_000_000))), _BAD, most_bytes=_LITTLE),
    refused("PNG with 200 color profiles", lambda: with_chunks(
        *[(b"iCCP", b"a\0\0" + packed(1_000_000))] * 200), _BAD, most_bytes=_LITTLE),
    refused("PNG with 100 packed texts of 1 MB", lambda: with_chunks(
        *[(b"zTXt", b"%d\0\0" % i + packed(1_000_000)) for i in range(100)]), _BAD, most_bytes=80 * 2**20),
    refused("PNG with 50,000 comments", lambda: with_chunks(
        *[(b"tEXt", b"a\0")] * 50_000), _BAD, most_bytes=_LITTLE),
    refused("PNG with 120,000 empty pieces", lambda: with_chunks(
        *[(b"IDAT", b"")] * 120_000), _BAD, most_bytes=_LITTLE),
    refused("JPEG with 5,000 scans", lambda: many_scans(5000), _BAD, most_bytes=_LITTLE),
    refused("HEIC of 50,000 x 50,000", lambda: heif({1: coded(50_000, 50_000)}), _BOMB, most_bytes=_LITTLE),
    refused("HEIC of another size than it says", lambda: heif({1: coded(64, 64)}), _BAD),
    refused("HEIC of 255 x 255 tiles that are one",
            lambda: tiled(coded(1024, 1024), 255, 255, (96, 64), again=True), _BAD, most_bytes=_LITTLE),
    refused("HEIC of a grid that is its own tile", lambda: heif({1: Item(
        b"grid", grid(1, 1, 96, 64), [ispe(96, 64)], {b"dimg": [1]})}),
        "unsupported_image_type", 415, most_bytes=_LITTLE),
    refused("HEIC of 9,000 boxes", lambda: heif({1: coded()}, extra=[box(b"free")] * 9000), _BAD, most_bytes=_LITTLE),
    refused("HEIC of 20 MB of nothing within its table", lambda: heif(
        {1: coded()}, extra=[box(b"free", bytes(2 * 10**7))]), _BAD, most_bytes=96 * 2**20),
    refused("HEIC with noise for pixels", lambda: heif({1: replace(
        coded(), content=noise("PNG"))}), _BAD),
    refused("AVIF of 50,000 x 50,000", lambda: plain("AVIF").replace(
        struct.pack(">II", 48, 36), struct.pack(">II", 50_000, 50_000)), _BOMB, most_bytes=_LITTLE),
    refused("AVIF, animated", lambda: animated("AVIF"), _MOVING),
    refused("HEIC, a sequence", lambda: stored("sequence.heic"), _MOVING),
    refused("JPEG of more than 64 megapixels", lambda: jpeg_claiming(plain("JPEG"), 8001, 8000), _BOMB, most_bytes=_LITTLE),
    refused("PNG, animated", lambda: animated("PNG"), _MOVING),
    refused("PNG that claims 2 billion frames", lambda: with_chunks(
        (b"acTL", struct.pack(">II", 2**31 - 1, 0))), _MOVING, most_bytes=_LITTLE),
    refused("WebP, animated", lambda: animated("WEBP"), _MOVING),
    refused("WebP, animated, of 300 frames", lambda: webp_frames(300), _MOVING),
    refused("31 pixels wide", lambda: plain(size=(31, 64)), _SMALL),
    refused("31 pixels high", lambda: plain("JPEG", size=(64, 31)), _SMALL),
    refused("one pixel", lambda: plain(size=(1, 1)), _SMALL),
    refused("one pixel of a WebP", lambda: plain("WEBP", size=(1, 1)), _SMALL),
    refused("a little longer than 8 to 1", lambda: plain(size=(257, 32)), "image_bad_aspect"),
    refused("a little longer than 1 to 8", lambda: plain(size=(32, 257)), "image_bad_aspect"),
    refused("a hair of 40 megapixels", lambda: claiming(1_000_000, 40), "image_bad_aspect", most_bytes=_LITTLE),
    refused("a file of 20 MiB and a byte", lambda: (c := plain("JPEG")) + bytes(
        20 * 2**20 - len(c) + 1), "upload_too_large", 413, most_bytes=96 * 2**20),
    Case("a second painting that is damaged", lambda: of_parts(
        part("content", GOOD, "a"), part("style", GOOD, "b"), part("style", GOOD[:-20], "c")),
        422, _BAD),
    Case("a mask that is damaged", lambda: of_parts(
        part("content", GOOD, "a"), part("style", GOOD, "b"), part("mask", GOOD[:-20], "c")),
        422, _BAD),
    Case("a mask that is black", lambda: of_parts(
        part("content", GOOD, "a"), part("style", GOOD, "b"), part("mask", encode(
            Image.new("L", (48, 36))), "c")), 422, "mask_empty"),
]  # fmt: skip

CASES = [*TRUNCATED, *CORRUPT, *HOSTILE]
