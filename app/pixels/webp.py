"""Decodes a still WebP with libwebp alone: Pillow takes four times its pixels' memory.

Pillow has every WebP decoded as if it were an animation, with a canvas for this frame,
one for the last, and two copies: 640 MB for 40 megapixels. libwebp writes into memory
of ours instead. It is the library that Pillow brought along, so nothing else is needed;
where it cannot be reached, Pillow decodes. Knows bytes and pixels, no rules.
"""

import ctypes
from collections.abc import Callable
from functools import cache

from PIL import Image, _webp

_Decode = Callable[[bytes, int, object, int, int], int | None]


def decode_webp(content: bytes, picture: Image.Image) -> Image.Image | None:
    """Return the pixels of a still WebP with the metadata of `picture`.

    Args:
        content: the whole file.
        picture: the same file, opened by Pillow and not decoded.

    Returns:
        RGBA, or RGBX if it has no alpha; None if libwebp cannot be reached.

    Raises:
        OSError: The file is damaged.

    Source: libwebp, src/webp/decode.h, `WebPDecodeRGBAInto`.
    """
    decode = _libwebp_decode()
    if decode is None:
        return None
    width, height = picture.size
    pixels = bytearray(4 * width * height)
    room = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    if decode(content, len(content), room, len(pixels), 4 * width) is None:
        raise OSError("libwebp cannot decode it")
    mode = "RGBA" if picture.mode == "RGBA" else "RGBX"
    # The image uses the memory as it is.
    decoded = Image.frombuffer(mode, picture.size, pixels, "raw", mode, 0, 1)
    decoded.info.update(picture.info)
    return decoded


@cache
def _libwebp_decode() -> _Decode | None:
    """Return libwebp's function, found in what Pillow's own module is linked with."""
    try:
        decode = ctypes.CDLL(_webp.__file__).WebPDecodeRGBAInto
    except (OSError, AttributeError):  # linked in another way
        return None
    decode.restype = ctypes.c_void_p
    decode.argtypes = (
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
    )
    found: _Decode = decode
    return found
