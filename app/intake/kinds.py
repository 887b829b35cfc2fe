"""Tells pictures by their first bytes; names and declared types are not looked at."""

from enum import StrEnum


class ImageKind(StrEnum):
    """What is accepted, by Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"

    @property
    def media_type(self) -> str:
        """As HTTP calls it."""
        return f"image/{self.lower()}"


#: So many bytes are enough for `kind_of` and `foreign_kind_of`.
HEAD_BYTES = 64

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"

#: Only for the message: what people send by mistake.
_FOREIGN = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"<svg", "SVG"),
    (b"<?xml", "XML or SVG"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "ICO"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"%!PS", "PostScript"),
)
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF"}


def kind_of(head: bytes) -> ImageKind | None:
    """Return what a file that begins with `head` claims to be, if we accept that."""
    if head.startswith(_JPEG):
        return ImageKind.JPEG
    if head.startswith(_PNG):
        return ImageKind.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageKind.WEBP
    return None


def foreign_kind_of(head: bytes) -> str:
    """Return a name for what is not accepted."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a video or HEIF")
    start = head.lstrip()
    matches = (name for magic, name in _FOREIGN if start.startswith(magic))
    return next(matches, "something unknown")


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return the (width, height) in a WebP header, None if there is none.

    Pillow reserves memory for the whole canvas on opening; so the size must be known
    before. Source: the WebP container specification and RFC 6386, 9.1.
    """
    chunk, body = head[12:16], head[20:]
    if chunk == b"VP8X" and len(body) >= 10:
        return _uint(body[4:7]) + 1, _uint(body[7:10]) + 1
    if chunk == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = _uint(body[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        return _uint(body[6:8]) & 0x3FFF, _uint(body[8:10]) & 0x3FFF
    return None


def _uint(little_endian: bytes) -> int:
    return int.from_bytes(little_endian, "little")
