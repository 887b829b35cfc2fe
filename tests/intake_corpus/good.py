"""Awkward but good: all of these are accepted, and become plain 8-bit sRGB."""
# ruff: noqa: E501 - a row is a line

import struct
import zlib

from PIL import Image

from tests.app.boxes import stored
from tests.app.pictures import (
    RED,
    animated,
    encode,
    grey16,
    plain,
    png_chunk,
    raw_png,
    srgb_profile,
    swapped_profile,
    with_orientation,
)
from tests.intake_corpus.case import (
    GOOD,
    STYLE_PART,
    WHITE,
    Case,
    Color,
    Stored,
    accepted,
    of_json,
    of_parts,
    part,
)
from tests.intake_corpus.makers import (
    END,
    SIDE_PX,
    animation_of_one_frame,
    exif_loop,
    header,
    interlaced,
    noise,
    packed,
    pixels,
    png,
    rows,
    webp_frames,
    with_chunks,
    with_segment,
    without_segment,
)

_GREY: Color = (77, 77, 77)
_HALF: Color = (127, 127, 127)
_BLACK: Color = (0, 0, 0)


def _square(color: Color = RED) -> Stored:
    return Stored((SIDE_PX, SIDE_PX), {(0.5, 0.5): color})


def _all(color: Color, size: tuple[int, int] = (48, 36)) -> Stored:
    return Stored(size, {(0.5, 0.5): color})


def _turned(orientation: int) -> Stored:
    """Return where the red quarter of `corner_marked` is once it stands upright."""
    is_right, is_low = orientation in {2, 3, 6, 7}, orientation in {3, 4, 7, 8}
    size = (36, 48) if orientation >= 5 else (48, 36)
    red = (0.75 if is_right else 0.25, 0.75 if is_low else 0.25)
    return Stored(size, {red: RED, (1 - red[0], 1 - red[1]): WHITE}, tolerance=12)


def _jpeg(**options: object) -> bytes:
    return plain("JPEG", quality=95, **options)  # type: ignore[arg-type]


def _cmyk(color: tuple[int, ...] = (0, 255, 255, 0)) -> bytes:
    return _jpeg(mode="CMYK", color=color)


def _ycck() -> bytes:
    """Return CMYK that was turned into YCbCr + K, as Photoshop writes it."""
    content = _cmyk((127, 127, 127, 127))
    return content.replace(b"Adobe\0d\0\0\0\0\0", b"Adobe\0d\0\0\0\0\2")


def _in_small_pieces() -> bytes:
    name, content = pixels()
    pieces = [(name, content[i : i + 1]) for i in range(len(content))]
    return png(header(), (name, b""), *pieces, (name, b""), END)


def _harmed_comment() -> bytes:
    comment = png_chunk(b"tEXt", b"a\0b")[:-4] + b"\0\0\0\0"
    whole = with_chunks()
    return whole[:-12] + comment + whole[-12:]


PICTURES = [
    accepted("JPEG", _jpeg),
    accepted("JPEG, progressive", lambda: _jpeg(progressive=True)),
    accepted("JPEG with restart markers", lambda: _jpeg(restart_marker_blocks=1)),
    accepted("JPEG that stores RGB", lambda: _jpeg(keep_rgb=True)),
    accepted("JPEG, not subsampled", lambda: _jpeg(subsampling=0)),
    accepted("JPEG, best codes", lambda: _jpeg(optimize=True)),
    accepted("JPEG, grey", lambda: _jpeg(mode="L", color=77), _all(_GREY)),
    accepted("JPEG, CMYK with Adobe's marker", _cmyk, _all((255, 0, 0))),
    accepted(
        "JPEG, CMYK without Adobe's marker",
        lambda: without_segment(_cmyk(), b"\xff\xee"),
        _all((255, 0, 0)),
    ),
    accepted("JPEG, YCCK", _ycck, Stored(pixels={})),
    accepted("JPEG with fillers between markers", lambda: b"\xff\xd8\xff" + _jpeg()[2:]),
    accepted(
        "JPEG with a comment of 60 kB", lambda: _jpeg(comment=b"\xff\xd8" * 30_000)
    ),
    accepted("JPEG of a phone: two pictures in it", lambda: animated("MPO"), _all(_BLACK)),
    accepted("JPEG with a bit turned: libjpeg heals it",
             lambda: (c := noise("JPEG"))[:-200] + bytes([c[-200] ^ 4]) + c[-199:],
             Stored((96, 64), {})),
    *(
        accepted(
            f"JPEG with EXIF orientation {each}",
            lambda each=each: with_orientation(each),  # type: ignore[misc]
            _turned(each),
        )
        for each in range(1, 9)
    ),
    accepted("JPEG with orientation 9", lambda: with_orientation(9), _turned(1)),
    accepted("PNG with EXIF orientation 6", lambda: with_orientation(6, "PNG"), _turned(6)),
    accepted("WebP with EXIF orientation 8", lambda: with_orientation(8, "WEBP"), _turned(8)),
    accepted("JPEG with garbage for EXIF", lambda: _jpeg(exif=b"Exif\0\0" + b"\xfe" * 99)),
    accepted("JPEG with EXIF that leads into itself", lambda: _jpeg(exif=exif_loop())),
    accepted("JPEG with an empty EXIF segment",
             lambda: with_segment(_jpeg(), b"\xff\xe1", b"Exif\0\0")),
    accepted("JPEG with garbage for XMP", lambda: with_segment(
        _jpeg(), b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta" + b"<" * 999)),
    accepted("JPEG with garbage for several pictures",
             lambda: with_segment(_jpeg(), b"\xff\xe2", b"MPF\0garbage")),
    accepted("JPEG with garbage for Photoshop",
             lambda: with_segment(_jpeg(), b"\xff\xed", b"Photoshop 3.0\x008BIM\x04")),
    accepted("JPEG with garbage for ICC", lambda: _jpeg(icc_profile=b"garbage" * 99)),
    accepted("PNG with garbage for ICC", lambda: plain(icc_profile=b"garbage" * 99)),
    accepted("WebP with garbage for ICC",
             lambda: plain("WEBP", lossless=True, icc_profile=b"garbage" * 99)),
    accepted("PNG with an ICC that cannot be unpacked",
             lambda: with_chunks((b"iCCP", b"a\0\0garbage")), _square()),
    accepted("JPEG with an ICC of 5 MB",
             lambda: _jpeg(icc_profile=srgb_profile() + bytes(5_000_000))),
    accepted("JPEG whose ICC lacks its second half",
             lambda: with_segment(_jpeg(), b"\xff\xe2", b"ICC_PROFILE\0\1\2" + srgb_profile())),
    accepted("PNG with sRGB as ICC", lambda: plain(icc_profile=srgb_profile())),
    accepted("PNG whose ICC exchanges red and green: it is applied",
             lambda: plain(color=(250, 30, 30), icc_profile=swapped_profile()),
             Stored(pixels={(0.5, 0.5): (30, 250, 30)}, tolerance=25)),
    accepted("grey PNG with an ICC for RGB",
             lambda: plain(mode="L", color=77, icc_profile=srgb_profile()), _all(_GREY)),
    accepted("CMYK JPEG with an ICC for RGB",
             lambda: _jpeg(mode="CMYK", color=(0, 255, 255, 0), icc_profile=srgb_profile()),
             _all((255, 0, 0))),
    accepted("PNG, 1 bit", lambda: plain(mode="1", color=1), _all(WHITE)),
    accepted("PNG, 2 bits of grey",
             lambda: raw_png((40, 40), 2, 0, b"\xaa" * 10), _square((170, 170, 170))),
    accepted("PNG, 4 bits of grey",
             lambda: raw_png((40, 40), 4, 0, b"\x55" * 20), _square((85, 85, 85))),
    accepted("PNG, 16 bits of grey: scaled, not clipped",
             lambda: grey16(0x8000), _square((128, 128, 128))),
    accepted("PNG, 16 bits of dark grey", lambda: grey16(0x00FF), _square(_BLACK)),
    accepted("PNG, 16 bits of grey, one of them transparent", lambda: raw_png(
        (40, 40), 16, 0, b"\x12\x34" * 40, [png_chunk(b"tRNS", b"\x12\x34")]),
        _square(WHITE)),
    accepted("PNG, 16 bits of RGB", lambda: raw_png(
        (40, 40), 16, 2, struct.pack(">HHH", 0xFA00, 0x1400, 0x1E00) * 40), _square()),
    accepted("PNG, 16 bits of grey and alpha", lambda: raw_png(
        (40, 40), 16, 4, struct.pack(">HH", 0, 0x8000) * 40), _square(_HALF)),
    accepted("PNG, 16 bits of RGBA", lambda: raw_png(
        (40, 40), 16, 6, struct.pack(">HHHH", 0, 0, 0, 0x8000) * 40), _square(_HALF)),
    accepted("PNG, palette", lambda: encode(Image.new("RGB", (40, 40), RED).quantize(2)),
             _square()),
    accepted("PNG, palette of one bit", lambda: raw_png(
        (40, 40), 1, 3, b"\xff" * 5, [png_chunk(b"PLTE", bytes(3) + bytes(RED))]),
        _square()),
    accepted("PNG, palette with a transparent color", lambda: raw_png(
        (40, 40), 8, 3, bytes(40),
        [png_chunk(b"PLTE", bytes(RED)), png_chunk(b"tRNS", b"\0")]), _square(WHITE)),
    accepted("PNG, palette with a half transparent color", lambda: raw_png(
        (40, 40), 8, 3, bytes(40),
        [png_chunk(b"PLTE", bytes(3)), png_chunk(b"tRNS", b"\x80")]), _square(_HALF)),
    accepted("PNG, palette shorter than its indices", lambda: raw_png(
        (40, 40), 8, 3, b"\xff" * 40, [png_chunk(b"PLTE", bytes(RED))]),
        _square(_BLACK)),
    accepted("PNG, grey and alpha", lambda: plain(mode="LA", color=(0, 128)), _all(_HALF)),
    accepted("PNG, RGBA over white",
             lambda: plain(mode="RGBA", color=(0, 0, 0, 128)), _all(_HALF)),
    accepted("PNG, RGBA, nothing to be seen",
             lambda: plain(mode="RGBA", color=(*RED, 0)), _all(WHITE)),
    accepted("PNG, one color of RGB transparent",
             lambda: encode(Image.new("RGB", (40, 40), RED), transparency=RED),
             _square(WHITE)),
    accepted("PNG, interlaced", interlaced, _square()),
    accepted("PNG, each byte of its pixels a chunk", _in_small_pieces, _square()),
    accepted("PNG with a few rows too many",
             lambda: png(header(), pixels(rows(count=SIDE_PX + 3)), END), _square()),
    accepted("PNG with texts of all three kinds", lambda: with_chunks(
        (b"tEXt", b"Comment\0SECRET"), (b"zTXt", b"a\0\0" + zlib.compress(b"x" * 9999)),
        (b"iTXt", b"b\0\0\0en\0c\0\xc3\xbc")), _square()),
    accepted("PNG with a text of 2 MB",
             lambda: with_chunks((b"tEXt", b"a\0" + b"x" * 2_000_000)), _square()),
    accepted("PNG with a text that cannot be unpacked",
             lambda: with_chunks((b"zTXt", b"a\0\0garbage")), _square()),
    accepted("PNG with gamma, primaries, sRGB, size and time", lambda: with_chunks(
        (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", struct.pack(">8I", *[30000] * 8)),
        (b"sRGB", b"\0"), (b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        (b"tIME", b"\x07\xea\1\1\0\0\0")), _square()),
    accepted("PNG with chunks of one's own",
             lambda: with_chunks((b"abCd", b"x" * 9), (b"vpAg", b"")), _square()),
    accepted("PNG with garbage for EXIF",
             lambda: with_chunks((b"eXIf", b"garbage")), _square()),
    *(
        accepted(f"PNG with a chunk {name.decode()} of {len(content)} bytes",
                 lambda name=name, content=content: with_chunks((name, content)), _square())
        for name, content in ((b"iCCP", b""), (b"iCCP", b"a"), (b"gAMA", b""), (b"sRGB", b""),
                              (b"cHRM", bytes(31)), (b"pHYs", b"x"))
    ),
    accepted("PNG with a color profile of 3 MB", lambda: with_chunks(
        (b"iCCP", b"a\0\0" + packed(3_000_000))), _square()),
    accepted("PNG with a color profile that is cut off", lambda: with_chunks(
        (b"iCCP", b"a\0\0" + packed(100_000)[:-9])), _square()),
    accepted("PNG with a text of a wrong sum", lambda: with_chunks(
        (b"tEXt", b"a\0of a wrong sum")).replace(b"of a wrong sum", b"of the wrong!!"), _square()),
    accepted("PNG with a short chunk behind its pixels", lambda: png(
        header(), pixels(), (b"pHYs", b""), END), _square()),
    accepted("PNG with a harmed comment behind its pixels", _harmed_comment, _square()),
    accepted("PNG, animated, of one frame", animation_of_one_frame, _square()),
    accepted("PNG with an animation of no frames",
             lambda: with_chunks((b"acTL", bytes(8))), _square()),
    accepted("PNG with an animation of more frames than there can be",
             lambda: with_chunks((b"acTL", struct.pack(">II", 2**32 - 1, 0))), _square()),
    accepted("WebP, lossy", lambda: plain("WEBP", quality=95), Stored(tolerance=12)),
    accepted("WebP, lossless", lambda: plain("WEBP", lossless=True)),
    accepted("WebP, lossless with alpha",
             lambda: plain("WEBP", mode="RGBA", color=(0, 0, 0, 128), lossless=True),
             _all(_HALF)),
    accepted("WebP, lossy with alpha",
             lambda: plain("WEBP", mode="RGBA", color=(0, 0, 0, 128)),
             Stored(pixels={(0.5, 0.5): _HALF}, tolerance=8)),
    accepted("WebP, animated, of one frame", lambda: webp_frames(1),
             Stored(pixels={(0.5, 0.5): _BLACK}, tolerance=8)),
    accepted("WebP with something behind it",
             lambda: plain("WEBP", lossless=True) + b"PK\3\4" + bytes(99)),
    accepted("HEIC", lambda: stored("plain.heic"),
             Stored((96, 64), {(0.25, 0.25): RED, (0.75, 0.75): WHITE})),
    accepted("HEIC in tiles", lambda: stored("grid.heic"),
             Stored((160, 96), {(0.25, 0.25): RED, (0.75, 0.75): WHITE})),
    accepted("HEIC of a phone held upright, which says so twice",
             lambda: stored("orientation_6.heic"),
             Stored((64, 96), {(0.75, 0.25): RED, (0.25, 0.75): WHITE})),
    accepted("HEIC of 10 bits", lambda: stored("ten_bits.heic"),
             Stored((64, 64))),
    accepted("HEIC, half transparent", lambda: stored("alpha.heic"), _all(_HALF, (64, 64))),
    accepted("HEIC with a color profile", lambda: stored("icc.heic"),
             Stored((64, 64), {(0.5, 0.5): (30, 250, 30)})),
    accepted("HEIC with something behind it", lambda: stored("plain.heic") + b"SEFT" * 9,
             Stored((96, 64), {(0.25, 0.25): RED})),
    accepted("AVIF", lambda: plain("AVIF", quality=95)),
    accepted("AVIF in tiles", lambda: stored("grid.avif"),
             Stored((160, 96), {(0.25, 0.25): RED})),
    accepted("AVIF of 10 bits", lambda: stored("ten_bits.avif"), Stored((64, 64))),
    accepted("AVIF, half transparent", lambda: plain("AVIF", mode="RGBA", color=(0, 0, 0, 128)),
             _all(_HALF)),
    accepted("AVIF with EXIF orientation 8", lambda: with_orientation(8, "AVIF"), _turned(8)),
    accepted("JPEG of 64 megapixels, just allowed", lambda: plain("JPEG", size=(8000, 8000)),
             _all(RED, (2048, 2048)), most_bytes=192 * 2**20),
    accepted("JPEG that is a zip, too", lambda: _jpeg() + b"PK\3\4" + bytes(99)),
    accepted("JPEG that is a script, too",
             lambda: with_segment(_jpeg(), b"\xff\xfe", b"<?php system($_GET[0]); ?>")),
    accepted("PNG that is a page, too", lambda: GOOD + b"<script>alert(1)</script>"),
    accepted("32 x 32 pixels", lambda: plain(size=(32, 32)), _all(RED, (32, 32))),
    accepted("8 to 1", lambda: plain(size=(256, 32)), _all(RED, (256, 32))),
    accepted("1 to 8", lambda: plain(size=(32, 256)), _all(RED, (32, 256))),
    accepted("40 megapixels, just allowed",
             lambda: plain(size=(8000, 5000), mode="1", color=1),
             _all(WHITE, (2048, 1280)), most_bytes=160 * 2**20),
    accepted("40 megapixels of a WebP, just allowed",
             lambda: plain("WEBP", size=(8000, 5000), lossless=True, method=0, quality=0),
             _all(RED, (2048, 1280)), most_bytes=330 * 2**20),
    accepted("17,888 pixels wide", lambda: plain(size=(17_888, 2236), mode="L", color=77),
             _all(_GREY, (2048, 256)), most_bytes=160 * 2**20),
    accepted("20 MiB of a file, just allowed",
             lambda: (c := _jpeg()) + bytes(20 * 2**20 - len(c)), most_bytes=160 * 2**20),
]  # fmt: skip

_NAMES = {
    "that climb": "../../../../etc/passwd",
    "of Windows' paths": "C:\\\\windows\\\\win.ini",
    "of other scripts": "фото 写真 \u202egnp.exe 🎨",
    "with a NUL": "a\0.png",
    "of 2,000 characters": "x" * 2000,
    "of a device": "/dev/stdin",
    "that pass for headers": "a%0d%0aSet-Cookie: x=1",
    "with markup": "<img src=x onerror=alert(1)>.png",
    "of another type": "photo.gif",
    "of one dot": ".",
    "that are empty": "",
    "with a template": "{{7*7}}${jndi:ldap://x}",
}
NAMES = [
    Case(
        f"files with names {name}",
        lambda text=text: of_parts(  # type: ignore[misc]
            part("content", GOOD, text), part("style", GOOD, text)
        ),
        202,
        stored=Stored(),
    )
    for name, text in _NAMES.items()
]

_TYPES = {
    "text/html": "text/html",
    "of another picture": "image/gif",
    "that is none": "garbage;;;=",
    "with a charset": "image/png; charset=utf-7",
    "of scripts": "application/x-php",
}
DECLARED = [
    Case(
        f"a file declared as {name}",
        lambda declared=declared: of_parts(  # type: ignore[misc]
            part("content", GOOD, "a.png", media_type=declared), STYLE_PART
        ),
        202,
        stored=Stored(),
    )
    for name, declared in _TYPES.items()
]
UNNAMED = [
    Case(
        f"a file {name}",
        lambda head=head: of_parts(  # type: ignore[misc]
            part("content", GOOD, more=head), STYLE_PART
        ),
        202,
        stored=Stored(),
    )
    for name, head in {
        "whose name is written the long way": "; filename*=UTF-8''%C3%BC.png",
        "without a name, but with a type": "\r\nContent-Type: image/png",
    }.items()
]

IN_JSON = [
    Case("JSON with base64", of_json, 202, stored=Stored()),
    Case(
        "JSON with a data URL of another type",
        lambda: of_json(content=_data_url("image/gif")),
        202,
        stored=Stored(),
    ),
]


def _data_url(media_type: str) -> dict[str, str]:
    text = of_json().body.split(b'"data": "')[1].split(b'"')[0].decode()
    return {"data": f"data:{media_type};base64,{text}"}


CASES = [*PICTURES, *NAMES, *DECLARED, *UNNAMED, *IN_JSON]
