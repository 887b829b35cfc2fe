"""Tells pictures by their first bytes; names and declared types are not looked at."""

from enum import StrEnum


class ImageKind(StrEnum):
    """What is accepted, by Pillow's names."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIF = "HEIF"
    AVIF = "AVIF"

    @property
    def media_types(self) -> tuple[str, ...]:
        """As HTTP calls it."""
        if self is ImageKind.HEIF:
            return "image/heic", "image/heif"
        return (f"image/{self.lower()}",)

    @property
    def label(self) -> str:
        """As people call it."""
        return {"WEBP": "WebP", "HEIF": "HEIC"}.get(self, str(self))


#: For messages.
KINDS_IN_WORDS = "JPEG, PNG, WebP, HEIC and AVIF"
#: So many bytes are enough for `kind_of`.
HEAD_BYTES = 64

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
#: What a file of ISO boxes says that it can be read as.
_AVIF_BRANDS = frozenset({b"avif", b"avis", b"MA1A", b"MA1B"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
    | {b"mif1", b"mif2", b"msf1", b"miaf", b"MiHB", b"MiHA", b"MiHE", b"1pic"}
)


def kind_of(head: bytes) -> ImageKind | None:
    """Return what a file that begins with `head` claims to be, if we accept that."""
    if head.startswith(_JPEG):
        return ImageKind.JPEG
    if head.startswith(_PNG):
        return ImageKind.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ImageKind.WEBP
    if head[4:8] == b"ftyp":
        return _kind_of_brands(head)
    return None


def _kind_of_brands(head: bytes) -> ImageKind | None:
    """Return the kind by the brands. Source: ISO/IEC 14496-12, 4.3."""
    end = int.from_bytes(head[:4])
    brands = {
        head[start : start + 4] for start in (8, *range(16, min(end, HEAD_BYTES), 4))
    }
    # A HEIC that is an AVIF, too, is told by its picture.
    if not brands.isdisjoint(_AVIF_BRANDS):
        return ImageKind.AVIF
    return None if brands.isdisjoint(_HEIF_BRANDS) else ImageKind.HEIF


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
