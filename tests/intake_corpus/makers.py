"""Makes the odd pictures of the corpus; Pillow writes none of these."""

import io
import random
import struct
import zlib
from collections.abc import Iterable

from PIL import Image

from tests.app.pictures import RED, encode, plain, png_chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIDE_PX = 40
Chunk = tuple[bytes, bytes]
END: Chunk = (b"IEND", b"")


def png(*chunks: Chunk) -> bytes:
    """Return a PNG of these chunks, with their sums."""
    return SIGNATURE + b"".join(png_chunk(*each) for each in chunks)


def header(
    depth: int = 8,
    color_type: int = 2,
    methods: bytes = b"\0\0\0",
    size: tuple[int, int] = (SIDE_PX, SIDE_PX),
) -> Chunk:
    return b"IHDR", struct.pack(">IIBB", *size, depth, color_type) + methods


def rows(row: bytes = bytes(RED) * SIDE_PX, count: int = SIDE_PX) -> bytes:
    return (b"\0" + row) * count


def pixels(content: bytes | None = None) -> Chunk:
    return b"IDAT", zlib.compress(rows() if content is None else content)


def with_chunks(*chunks: Chunk) -> bytes:
    """Return a red PNG with these chunks before its pixels."""
    return png(header(), *chunks, pixels(), END)


def packed(size_bytes: int) -> bytes:
    """Return zeros, packed to a thousandth."""
    packer = zlib.compressobj()
    block = bytes(100_000)
    pieces = [packer.compress(block) for _ in range(size_bytes // len(block))]
    return b"".join([*pieces, packer.flush()])


def noise(kind: str, size: tuple[int, int] = (96, 64), **options: object) -> bytes:
    """Return a picture that does not pack; the same one each time."""
    content = random.Random(0).randbytes(3 * size[0] * size[1])  # noqa: S311
    return encode(Image.frombytes("RGB", size, content), kind, **options)


def flipped(content: bytes, marker: bytes, offset: int, mask: int = 0xFF) -> bytes:
    """Return the content with the bits of one byte behind a marker turned."""
    changed = bytearray(content)
    changed[content.index(marker) + offset] ^= mask
    return bytes(changed)


def jpeg_claiming(content: bytes, width: int, height: int) -> bytes:
    """Return a baseline JPEG with another size in its header."""
    start = content.index(b"\xff\xc0") + 5
    return content[:start] + struct.pack(">HH", height, width) + content[start + 4 :]


def without_segment(content: bytes, marker: bytes) -> bytes:
    """Return a JPEG without its first segment of this marker."""
    start = content.index(marker)
    return content[:start] + content[start + 2 + _length(content, start) :]


def with_segment(content: bytes, marker: bytes, body: bytes) -> bytes:
    """Return a JPEG with one more segment at its start."""
    segment = marker + struct.pack(">H", len(body) + 2) + body
    return content[:2] + segment + content[2:]


def _length(content: bytes, start: int) -> int:
    return int.from_bytes(content[start + 2 : start + 4])


def interlaced() -> bytes:
    """Return a red PNG in Adam7's seven passes."""
    passes = [(5, 5), (5, 5), (10, 5), (10, 10), (20, 10), (20, 20), (40, 20)]
    content = b"".join(rows(bytes(RED) * width, height) for width, height in passes)
    return png(header(methods=b"\0\0\1"), pixels(content), END)


def exif_loop() -> bytes:
    """Return EXIF whose directory names itself as the next one, thousands long."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 3000) + entry * 3000


def tiff_of(kind: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 40)).save(file, "TIFF")
    return kind + file.getvalue()[len(kind) :]


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a RIFF file of these chunks."""
    body = b"WEBP"
    for name, content in chunks:
        body += name + struct.pack("<I", len(content)) + content
        body += b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_frames(count: int) -> bytes:
    frames = [Image.new("RGB", (48, 36), (each, 0, 0)) for each in range(count)]
    return encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def animation_of_one_frame() -> bytes:
    """Return an APNG of a single frame, which is the picture itself."""
    frame = struct.pack(">IIIIIHHBB", 0, SIDE_PX, SIDE_PX, 0, 0, 1, 1, 0, 0)
    return with_chunks((b"acTL", struct.pack(">II", 1, 0)), (b"fcTL", frame))


def many_scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan comes again and again."""
    content = plain("JPEG", size=(96, 64), progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + scan * count + content[-2:]


def joined(pieces: Iterable[bytes]) -> bytes:
    return b"".join(pieces)
