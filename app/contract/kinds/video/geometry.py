"""What size a clip is seen at, and what size it is painted at: numbers alone.

Both the API, which reads headers, and the worker, which reads frames, ask here.
"""

import math
from fractions import Fraction

_QUARTER_TURN = 90


def seen_size(
    width: int, height: int, pixel_aspect: Fraction | None, rotation: int
) -> tuple[int, int]:
    """Return (width, height) in square pixels, upright.

    Args:
        width: of the coded picture, in pixels.
        height: likewise.
        pixel_aspect: width over height of one pixel; None and 0 for square ones.
        rotation: that is applied when it is shown, in degrees.
    """
    aspect = pixel_aspect or Fraction(1)
    # Never fewer pixels than there are.
    wide = max(1, round(width * max(aspect, Fraction(1))))
    high = max(1, round(height / min(aspect, Fraction(1))))
    is_turned = rotation % (2 * _QUARTER_TURN) != 0
    return (high, wide) if is_turned else (wide, high)


def painted_size(width: int, height: int, size: int) -> tuple[int, int]:
    """Return (width, height) of the result: the long side `size`, both sides even.

    Video codecs halve the resolution of colour, so that sides must be even.
    """
    ratio = size / max(width, height)
    return _even(width * ratio), _even(height * ratio)


def frames_within(
    frames: int, seconds: float, start: float | None, end: float | None
) -> int:
    """Return about how many of the frames lie between two times, at least 1."""
    begin, until = start or 0.0, seconds if end is None else min(end, seconds)
    share = (until - begin) / seconds if seconds > 0 else 1.0
    return max(1, math.ceil(frames * min(1.0, max(0.0, share))))


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
