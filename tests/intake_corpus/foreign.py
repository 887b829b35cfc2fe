"""Foreign: the first bytes are those of no accepted kind, whatever the name says."""

import gzip
import random
import struct

from tests.app.boxes import Item, heif, ispe
from tests.app.pictures import animated, plain
from tests.intake_corpus.case import GOOD, Case, of_picture, refused
from tests.intake_corpus.makers import tiff_of, webp

_ISO = b"\0\0\0\x18ftyp%s\0\0\0\0isomiso2"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'

_FILES = {
    "GIF": lambda: plain("GIF", mode="P", color=3),
    "GIF of 1987": lambda: b"GIF87a" + plain("GIF", mode="P", color=3)[6:],
    "GIF, animated": lambda: animated("GIF"),
    "BMP": lambda: plain("BMP"),
    "TIFF": lambda: plain("TIFF"),
    "TIFF, big-endian": lambda: b"MM\0*" + bytes(60),
    "TIFF, big": lambda: tiff_of(b"II+\0"),
    "ICO": lambda: plain("ICO"),
    "CUR": lambda: b"\0\0\2\0" + bytes(60),
    "ICNS": lambda: b"icns" + bytes(60),
    "PSD": lambda: b"8BPS\0\1" + bytes(60),
    "MP4": lambda: _ISO % b"isom" + bytes(60),
    "QuickTime": lambda: _ISO % b"qt  " + bytes(60),
    "Canon's raw file": lambda: _ISO % b"crx " + bytes(60),
    "HEIF with a JPEG in it": lambda: heif(
        {1: Item(b"jpeg", plain("JPEG"), [ispe(48, 36)])}, brand=b"mif1"
    ),
    "WebM": lambda: b"\x1a\x45\xdf\xa3" + bytes(60),
    "JPEG 2000": lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
    "JPEG 2000, bare": lambda: b"\xff\x4f\xff\x51" + bytes(60),
    "JPEG XL": lambda: b"\xff\x0a" + bytes(60),
    "JPEG XL in a box": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60),
    "JPEG XR": lambda: b"II\xbc\1" + bytes(60),
    "PPM": lambda: plain("PPM"),
    "TGA": lambda: plain("TGA"),
    "PCX": lambda: plain("PCX"),
    "DDS": lambda: plain("DDS"),
    "QOI": lambda: b"qoif" + struct.pack(">IIBB", 64, 64, 3, 0) + bytes(60),
    "EXR": lambda: b"\x76\x2f\x31\x01" + bytes(60),
    "SVG": lambda: _SVG,
    "SVG with a declaration": lambda: b'<?xml version="1.0"?>' + _SVG,
    "SVG behind a BOM": lambda: b"\xef\xbb\xbf" + _SVG,
    "SVG that reads a file": lambda: (
        b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>' + _SVG
    ),
    "PDF": lambda: b"%PDF-1.7\n" + bytes(60),
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "PostScript with a picture": lambda: b"\xc5\xd0\xd3\xc6" + bytes(60),
    "WMF": lambda: b"\xd7\xcd\xc6\x9a" + bytes(60),
    "ZIP": lambda: b"PK\3\4" + bytes(60),
    "gzip of a PNG": lambda: gzip.compress(GOOD),
    "HTML": lambda: b"<!doctype html><img src=x>",
    "a pointer of Git LFS": lambda: b"version https://git-lfs.github.com/spec/v1\n",
    "JSON": lambda: b'{"a": 1}',
    "text": lambda: b"just words",
    "a program": lambda: b"\x7fELF" + bytes(60),
    "a script of ImageMagick": lambda: (
        b"push graphic-context\nfill 'url(https://x/\"|id\")'\n"
    ),
    "WAV": lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "AVI": lambda: b"RIFF\x24\0\0\0AVI LIST" + bytes(40),
    "RIFX": lambda: b"RIFX" + webp((b"VP8 ", bytes(30)))[4:],
    "zeros": lambda: bytes(5000),
    "noise": lambda: b"\0" + random.Random(0).randbytes(5000),  # noqa: S311
    "one byte": lambda: b"\xff",
    "two bytes of a JPEG": lambda: b"\xff\xd8",
    "seven bytes of a PNG": lambda: GOOD[:7],
    "a JPEG behind a blank": lambda: b" " + plain("JPEG"),
    "a PNG behind a BOM": lambda: b"\xef\xbb\xbf" + GOOD,
    "a PNG that FTP took for text": lambda: GOOD.replace(b"\r\n", b"\n"),
    "a PNG in base64": lambda: b"iVBORw0KGgoAAAANSUhEUgAAADAAAAAkCAIAAAB",
    "MNG": lambda: b"\x8aMNG\r\n\x1a\n" + GOOD[8:],
}

CASES = [
    *(
        refused(name, build, "unsupported_image_type", 415)
        for name, build in _FILES.items()
    ),
    Case(
        "SVG by the name of a PNG",
        lambda: of_picture(_SVG, "photo.png"),
        415,
        "unsupported_image_type",
    ),
    refused("nothing", lambda: b"", "image_empty"),
]
