"""Names what is not accepted, so that a person sees what was sent by mistake.

Only for messages: nothing is decided by it.
"""

import re

#: So many bytes are enough.
FOREIGN_HEAD_BYTES = 4096
UNKNOWN = "something unknown"

#: Where a file says what it is: offset, bytes, name.
_MAGIC = (
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"8BPS", "Photoshop"),
    (0, b"gimp xcf", "GIMP's XCF"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"\0\0\2\0", "a cursor (CUR)"),
    (0, b"icns", "ICNS"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"II\xbc", "JPEG XR"),
    (0, b"DDS ", "DDS"),
    (0, b"qoif", "QOI"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"SIMPLE  =", "FITS"),
    (128, b"DICM", "DICOM"),
    (0, b"\x0a\x05\x01", "PCX"),
    (0, b"\xd7\xcd\xc6\x9a", "WMF"),
    (40, b" EMF", "EMF"),
    (0, b"\x8aMNG", "MNG"),
    (0, b"\x89PNG", "a PNG that was changed as if it were text"),
    (0, b"FUJIFILMCCD-RAW", "a camera's raw file (RAF)"),
    (8, b"CR\2", "a camera's raw file (CR2)"),
    (0, b"IIRO", "a camera's raw file (ORF)"),
    (0, b"IIRS", "a camera's raw file (ORF)"),
    (0, b"MMOR", "a camera's raw file (ORF)"),
    (0, b"IIU\0", "a camera's raw file (RW2)"),
    (0, b"FOVb", "a camera's raw file (X3F)"),
    (0, b"\0MRM", "a camera's raw file (MRW)"),
    (0, b"\0\x05\x16\x07", "what macOS keeps beside a file (its name begins with ._)"),
    (0, b"PK\3\4", "ZIP"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd file"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x1a\x45\xdf\xa3", "a video (WebM or Matroska)"),
    (8, b"AVI ", "a video (AVI)"),
    (0, b"FLV\1", "a video (FLV)"),
    (0, b"\0\0\1\xba", "a video (MPEG)"),
    (0, b"\0\0\1\xb3", "a video (MPEG)"),
    (4, b"moov", "a video (QuickTime)"),
    (4, b"mdat", "a video (QuickTime)"),
    (8, b"WAVE", "audio (WAV)"),
    (0, b"OggS", "audio or video (Ogg)"),
    (0, b"ID3", "audio (MP3)"),
    (0, b"fLaC", "audio (FLAC)"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "HDF5"),
    (0, b"SQLite format 3", "a SQLite database"),
    (0, b"\xd0\xcf\x11\xe0", "a document of Microsoft Office"),
)
#: Those of the names that are of pictures; a raw file is one, too.
_PICTURES = frozenset(
    {"GIF", "BMP", "Photoshop", "GIMP's XCF", "ICO", "a cursor (CUR)", "ICNS", "DDS"}
    | {"JPEG XL", "JPEG 2000", "JPEG XR", "QOI", "OpenEXR", "Radiance HDR", "FITS"}
    | {"DICOM", "PCX", "WMF", "EMF", "MNG", "TIFF", "SVG", "a PNM picture"}
    | {"HEIF in its newest form", "a PNG that was changed as if it were text"}
)
_RAW = "a camera's raw file"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
#: Raw files of these are TIFFs that name their maker.
_MAKERS = (b"NIKON", b"SONY", b"PENTAX", b"SAMSUNG", b"Hasselblad", b"Phase One")
#: `DNGVersion`, in either order of bytes, and its type.
_DNG = (b"\x12\xc6\1\0", b"\xc6\x12\0\1")
#: By the brand of an ISO file, a video's or one of these.
_BRANDS = {
    b"crx ": "a camera's raw file (CR3)",
    b"qt  ": "a video (QuickTime)",
    b"M4A ": "audio (M4A)",
    b"M4B ": "audio (M4A)",
    b"mif3": "HEIF in its newest form",
    b"jxl ": "JPEG XL",
}
#: What pages of servers begin with; some send no whole document.
_HTML = "html|head|body|title|meta|link|style|script|div|p|h1|center|table|iframe"
#: What a text begins with, in lower case and without blanks before.
_TEXTS = (
    (r"%pdf", "PDF"),
    (r"%!ps", "PostScript"),
    (r"version https://git-lfs", "a Git LFS pointer, not the file that it stands for"),
    (r"(<\?xml.*?|<!doctype[^>]*?|<!--.*?-->\s*)*<svg", "SVG"),
    (r"<!doctype svg", "SVG"),
    (rf"(<\?xml.*?\?>\s*)?(<!--.*?-->\s*)*(<!doctype html|<({_HTML})\b)",
     "an HTML page"),
    (r"<\?xml|<!doctype|<[a-z]", "XML or SVG"),
    (r"data:image/|ivborw0kggo|/9j/|uklgr|aaaa[a-z0-9]{4}znr5c", "a picture in base64"),
    (r"p[1-7]\s", "a PNM picture"),
    (r"[{\[]\s*([{}\[\]\"\d-]|true|false|null)", "JSON"),
)  # fmt: skip


def foreign_kind_of(head: bytes) -> str:
    """Return a name for a file that begins with `head` and is not accepted."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "a video (MP4)")
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            return name
    if head.startswith(_TIFF):
        return _tiff_kind(head)
    if not any(head):
        return "nothing but zeros"
    return _text_kind(head) or UNKNOWN


def is_picture(name: str) -> bool:
    """Tell whether what `foreign_kind_of` named is a picture, of another kind."""
    return name in _PICTURES or name.startswith(_RAW)


def _tiff_kind(head: bytes) -> str:
    if any(tag in head for tag in _DNG):
        return "a camera's raw file (DNG)"
    return _RAW if any(maker in head for maker in _MAKERS) else "TIFF"


def _text_kind(head: bytes) -> str | None:
    """Return what kind of text it is, None if it is none."""
    text, is_whole = _decoded(head)
    start = text.lstrip("\ufeff \t\r\n")
    for pattern, name in _TEXTS:
        if re.match(pattern, start.lower(), re.DOTALL):
            return name
    is_plain = all(each.isprintable() or each.isspace() for each in start)
    return "a text file" if is_whole and is_plain and len(start) > 1 else None


def _decoded(head: bytes) -> tuple[str, bool]:
    """Return the text at the front, and whether all of it is text.

    A character may be cut in two at the end; a PDF goes on in bytes.
    """
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    try:
        return head.decode(encoding), True
    except UnicodeDecodeError as error:
        is_cut = error.start >= len(head) - 3
        return head[: error.start].decode(encoding), is_cut
