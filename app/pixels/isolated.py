"""Decodes a HEIC or AVIF in a process of its own, which may not take what it likes.

The decoders of videos that these are read with are large, and their bytes come from
strangers: what crashes, hangs or takes too much memory is this process, not the API.
`python -m app.pixels.isolated ORDER` reads the file from its standard input and writes
a line of JSON and the clean copy; with anything but 0 it did not succeed.
"""

import json
import resource
import sys
from dataclasses import asdict

import pi_heif
from PIL import Image, _avif

from app.pixels.cleaning import clean_copy
from app.pixels.flattening import fitted
from app.pixels.isolation import DAMAGED, MOST_BYTES, MOST_S, Order
from app.pixels.nclx import profile_of
from app.pixels.picture import RawPicture

_THREADS = 2
_UPRIGHT = 1


def main() -> int:
    """Write the clean copy; return 0, or `DAMAGED`."""
    for kind, most in (
        (resource.RLIMIT_DATA, MOST_BYTES),
        (resource.RLIMIT_CPU, MOST_S),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    order = Order(**json.loads(sys.argv[1]))
    file = sys.stdin.buffer.read()
    try:
        picture, orientation = (_avif_of if order.is_av1 else _heif_of)(file, order)
        size = fitted(picture.size, order.side_px)
        clean = clean_copy(
            picture, size, orientation=orientation, is_mask=order.is_mask
        )
    # Hostile bytes make the decoders raise almost anything.
    except Exception:  # noqa: BLE001
        return DAMAGED
    facts = {**asdict(clean), "decoded": picture.size}
    content = facts.pop("content")
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + content)
    return 0


def _heif_of(file: bytes, order: Order) -> tuple[RawPicture, int]:
    """Return the primary picture; libheif turns it upright (HEIF, 6.5.10)."""
    options = pi_heif.options
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    options.DECODE_THREADS = _THREADS
    opened = pi_heif.open_heif(file, convert_hdr_to_8bit=True, remove_stride=False)
    image = opened[opened.primary_index]
    # The size is right once it is decoded.
    pixels = image.data
    profile = image.info.get("icc_profile") or profile_of(*order.nclx)
    picture = RawPicture(
        image.size, image.mode, pixels, image.stride, {"icc_profile": profile}, image
    )
    return picture, _UPRIGHT


def _avif_of(file: bytes, order: Order) -> tuple[RawPicture, int]:
    """Return the picture, and how it is turned upright, which libavif leaves to us."""
    decoder = _avif.AvifDecoder(file, "auto", _THREADS)
    size, _, mode, profile, _, orientation, _ = decoder.get_info()
    pixels, *_ = decoder.get_frame(0)
    row_bytes = len(mode) * size[0]
    profile = profile or profile_of(*order.nclx)
    picture = RawPicture(size, mode, pixels, row_bytes, {"icc_profile": profile})
    return picture, orientation


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None
    sys.exit(main())
