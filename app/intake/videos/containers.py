"""Tells containers by their first bytes; names and declared types are not looked at."""

from dataclasses import dataclass

from app.intake.kinds import kind_of

#: So many bytes are enough.
HEAD_BYTES = 4096
_TS_PACKET, _TS_SYNC = 188, 0x47
#: Of a file of ISO boxes: sound alone, or a still picture.
_OTHER_BRANDS = frozenset(
    {b"M4A ", b"M4B ", b"M4P ", b"crx ", b"jxl ", b"jp2 ", b"mif3"}
)
_FIRST_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


@dataclass(frozen=True)
class Container:
    """One that is read.

    Attributes:
        label: as people call it.
        media_type: as HTTP calls it.
    """

    label: str
    media_type: str


MP4 = Container("MP4", "video/mp4")
MOV = Container("MOV", "video/quicktime")
WEBM = Container("WebM", "video/webm")
MATROSKA = Container("Matroska", "video/x-matroska")
AVI = Container("AVI", "video/x-msvideo")
MPEG = Container("MPEG", "video/mpeg")
MPEG_TS = Container("MPEG-TS", "video/mp2t")
GIF = Container("GIF", "image/gif")
APNG = Container("animated PNG", "image/apng")
CONTAINERS = (MP4, MOV, WEBM, MATROSKA, AVI, MPEG, MPEG_TS, GIF, APNG)
CONTAINERS_IN_WORDS = "MP4, MOV, WebM, Matroska, AVI, MPEG, GIF and animated PNG"


def container_of(head: bytes) -> Container | None:
    """Return what a file that begins with `head` claims to be, if that is read."""
    if head[4:8] == b"ftyp":
        return _of_brand(head)
    if head[4:8] in _FIRST_BOXES:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MATROSKA
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return AVI
    if head.startswith((b"\0\0\1\xba", b"\0\0\1\xb3")):
        return MPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    # Source: PNG, third edition, 11.3.6.1: `acTL` comes before the pixels.
    if head.startswith(b"\x89PNG") and b"acTL" in head.partition(b"IDAT")[0]:
        return APNG
    is_ts = len(head) > _TS_PACKET and head[0] == _TS_SYNC
    return MPEG_TS if is_ts and head[_TS_PACKET] == _TS_SYNC else None


def _of_brand(head: bytes) -> Container | None:
    """Return the container by its brand. Source: ISO/IEC 14496-12, 4.3."""
    brand = head[8:12]
    if brand in _OTHER_BRANDS or kind_of(head) is not None:
        return None
    return MOV if brand == b"qt  " else MP4
