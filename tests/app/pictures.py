"""Pictures for tests, made on the spot: good, odd, damaged and hostile ones."""

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image, ImageCms

RED = (250, 20, 30)
WIDTH, HEIGHT = 48, 36


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(
    kind: str = "PNG",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    color: tuple[int, ...] | int = RED,
    mode: str = "RGB",
    **options: object,
) -> bytes:
    return encode(Image.new(mode, size, color), kind, **options)


def corner_marked(size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Return a white picture whose left upper quarter is red."""
    picture = Image.new("RGB", size, (255, 255, 255))
    picture.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
    return picture


def with_orientation(orientation: int, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(corner_marked(), kind, exif=exif.tobytes(), quality=95)


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (WIDTH, HEIGHT), (40 * i, 0, 0)) for i in range(3)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:])


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """Return sRGB with the red and the green primary exchanged."""
    swap = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}
    profile = bytearray(srgb_profile())
    (count,) = struct.unpack_from(">I", profile, 128)
    for start in range(132, 132 + 12 * count, 12):
        name = bytes(profile[start : start + 4])
        profile[start : start + 4] = swap.get(name, name)
    return bytes(profile)


def gamma_profile(space: str, gamma: float) -> bytes:
    """Return a profile of `GRAY` or `RGB ` with sRGB's primaries and that gamma."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * gamma))
    points = {b"wtpt": (0.9642, 1.0, 0.8249)}
    curves = [b"kTRC"]
    if space != "GRAY":
        points |= {
            b"rXYZ": (0.4361, 0.2225, 0.0139),
            b"gXYZ": (0.3851, 0.7169, 0.0971),
            b"bXYZ": (0.1431, 0.0606, 0.7141),
        }
        curves = [b"rTRC", b"gTRC", b"bTRC"]
    tags = dict.fromkeys(curves, curve) | {
        name: b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * v) for v in xyz))
        for name, xyz in points.items()
    }
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 2) + b"g\0" + bytes(78)
    tags[b"cprt"] = b"text" + bytes(4) + b"CC0\0"
    return _profile_of(space, tags)


def _profile_of(space: str, tags: dict[bytes, bytes]) -> bytes:
    table, content = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">II", start + len(content), len(tag))
        content += tag + bytes(-len(tag) % 4)
    head = struct.pack(">I4sI", start + len(content), bytes(4), 0x02400000)
    head += b"mntr" + space.encode() + b"XYZ " + bytes(12) + b"acsp" + bytes(28)
    white = struct.pack(">3i", 63190, 65536, 54061)
    return (head + white).ljust(128, b"\0") + table + content


def png_chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return (
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
    )


def raw_png(
    size: tuple[int, int],
    depth: int,
    color_type: int,
    row: bytes,
    extra: Sequence[bytes] = (),
) -> bytes:
    """Return a PNG all of whose rows are `row`; Pillow cannot write each depth."""
    header = struct.pack(">IIBBBBB", *size, depth, color_type, 0, 0, 0)
    rows = zlib.compress((b"\0" + row) * min(size[1], 64))
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            *extra,
            png_chunk(b"IDAT", rows),
            png_chunk(b"IEND", b""),
        ]
    )


def grey16(value: int) -> bytes:
    return raw_png((40, 40), 16, 0, struct.pack(">H", value) * 40)


def claiming(width: int, height: int) -> bytes:
    """Return a PNG of some hundred bytes whose header claims that size."""
    return raw_png((width, height), 8, 2, b"\0" * 30)


def webp_claiming(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def decode(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture
