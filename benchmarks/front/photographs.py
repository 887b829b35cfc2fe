"""Photographs as cameras and phones send them."""

import io

from PIL import Image

from benchmarks.pictures import at_size, content_picture


def jpeg(picture: Image.Image, size_px: int, quality: int = 90) -> bytes:
    """Return a file with that long side."""
    file = io.BytesIO()
    at_size(picture, size_px).save(file, "JPEG", quality=quality)
    return file.getvalue()


def photograph(size_bytes: int) -> bytes:
    """Return a 12-megapixel JPEG of about that many bytes.

    Ours is too smooth to become so large; grain, as of a sensor, makes it so.
    """
    picture = at_size(content_picture(), 4000)
    grain = Image.effect_noise(picture.size, 40).convert("RGB")
    low, high = 0.0, 1.0
    content = b""
    for _ in range(12):
        share = (low + high) / 2
        content = jpeg(Image.blend(picture, grain, share), 4000, quality=85)
        if abs(len(content) - size_bytes) < 0.02 * size_bytes:
            break
        low, high = (share, high) if len(content) < size_bytes else (low, share)
    return content
