"""What is sent by mistake is named as what it is."""

import base64
import gzip
import struct

import pytest

from app.intake.foreign import UNKNOWN, foreign_kind_of
from tests.app.boxes import box
from tests.app.pictures import plain

_LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def _ftyp(brand: bytes) -> bytes:
    return box(b"ftyp", brand, bytes(4), b"isom") + bytes(60)


def _tiff(*texts: bytes) -> bytes:
    return b"II*\0\x08\0\0\0" + bytes(40) + b"\0".join(texts)


FOUND = {
    "an HTML page": [
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\n\n<html lang='en'>\n",
        b"\xef\xbb\xbf<!doctype HTML>",
        b"<!-- saved from url -->\n<html>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN">',
        "<html>".encode("utf-16"),
        b"<!DOCTYPE html>" + bytes(range(128, 256)),
        b"<script>location = '/login'</script>",
        b"<div class='error'>Sign in</div>",
        b"<title>404 Not Found</title>",
        b"<?xml version='1.0'?><?xml-stylesheet href='a'?>\n<html>",
    ],
    "a Git LFS pointer, not the file that it stands for": [_LFS],
    "a text file": [b"just words\n", "schöne Grüße\r\n".encode(), b"a,b\n1,2\n",
                    "Wörter ".encode() * 1000],
    "JSON": [b'{"error": "not found"}', b" [1, 2]", b"{}", b"[[true]]"],
    "SVG": [_SVG, b'<?xml version="1.0"?>\n<!-- made -->' + _SVG, b"\n" + _SVG,
            b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">'],
    "XML or SVG": [b'<?xml version="1.0"?><rss/>', b"<Error><Code>AccessDenied"],
    "PDF": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"],
    "PostScript": [b"%!PS-Adobe-3.0"],
    "a picture in base64": [
        base64.b64encode(plain("PNG")),
        base64.b64encode(plain("JPEG")),
        b"data:image/png;base64,iVBORw0KGgo=",
    ],
    "GIF": [plain("GIF", mode="P", color=3)],
    "BMP": [plain("BMP")],
    "TIFF": [plain("TIFF"), b"MM\0*" + bytes(60), b"II+\0" + bytes(60)],
    "a camera's raw file": [_tiff(b"NIKON CORPORATION", b"NIKON D850"),
                            _tiff(b"SONY", b"ILCE-7M3")],
    "a camera's raw file (DNG)": [_tiff(struct.pack("<HHI", 0xC612, 1, 4))],
    "a camera's raw file (CR2)": [b"II*\0\x10\0\0\0CR\2\0" + bytes(60)],
    "a camera's raw file (CR3)": [_ftyp(b"crx ")],
    "a camera's raw file (RAF)": [b"FUJIFILMCCD-RAW 0201"],
    "a camera's raw file (ORF)": [b"IIRO\x08\0\0\0" + bytes(60)],
    "a video (MP4)": [_ftyp(b"isom"), _ftyp(b"mp42"), _ftyp(b"3gp4")],
    "a video (QuickTime)": [_ftyp(b"qt  "), box(b"moov", bytes(50))],
    "a video (WebM or Matroska)": [b"\x1a\x45\xdf\xa3" + bytes(60)],
    "a video (AVI)": [b"RIFF\0\0\0\0AVI LIST" + bytes(60)],
    "JPEG XL": [b"\xff\x0a" + bytes(60), b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60)],
    "JPEG 2000": [b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60)],
    "Photoshop": [b"8BPS\0\1" + bytes(60)],
    "ZIP": [b"PK\3\4" + bytes(60)],
    "a gzip file": [gzip.compress(plain("PNG"))],
    "a tar archive": [bytes(257) + b"ustar\0" + bytes(200)],
    "audio (WAV)": [b"RIFF\0\0\0\0WAVEfmt " + bytes(60)],
    "a program": [b"\x7fELF" + bytes(60), b"MZ\x90\0" + bytes(60)],
    "a PNG that was changed as if it were text": [
        plain("PNG").replace(b"\r\n", b"\n"),
    ],
    "what macOS keeps beside a file (its name begins with ._)": [
        b"\0\x05\x16\x07\0\2\0\0Mac OS X" + bytes(60),
    ],
    "nothing but zeros": [bytes(500)],
    UNKNOWN: [b"\xff", b"x", b"\x01\x02\x03\x04\xff\xfe" * 9, b" " + plain("JPEG")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "head"), [(name, head) for name, heads in FOUND.items() for head in heads]
)
def test_file_is_named(name: str, head: bytes) -> None:
    assert foreign_kind_of(head[:4096]) == name
