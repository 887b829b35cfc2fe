"""Who may decode a picture when: this bounds the memory that pictures take.

A picture of 40 megapixels takes up to 0.3 GB while it is decoded, and the API is to get
by with 0.5 GB: so large ones are decoded alone, smaller ones as many as are allowed.
"""

from contextlib import AbstractAsyncContextManager, nullcontext

from anyio import CapacityLimiter

from app.http.edge.limiter import exclusive

#: Beyond this a decoded picture takes so much memory that two at once are too many.
LARGE_PIXELS = 16_000_000


def decode_slot(
    decodes: CapacityLimiter, large_decodes: CapacityLimiter, pixels: int
) -> AbstractAsyncContextManager[None]:
    """Return what to enter before a picture is decoded with one place of `decodes`.

    Args:
        decodes: has a place for each picture that is decoded at once.
        large_decodes: has one place.
        pixels: of the picture.
    """
    is_large = pixels > LARGE_PIXELS
    return exclusive(decodes, large_decodes) if is_large else nullcontext()
