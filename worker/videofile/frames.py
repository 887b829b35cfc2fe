"""How frames come through a pipe from the process that decodes them."""

import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: RGB, (H, W, 3).
Pixels = NDArray[np.uint8]

_HEAD = struct.Struct("<qq")
#: In the place of a frame's time: there are no more; a line of JSON follows.
END = -(2**63)


@dataclass(frozen=True, kw_only=True)
class ReadOrder:
    """What is wanted of a clip.

    Attributes:
        width: of the frames, upright, in pixels.
        height: likewise.
        frames: that its header promises.
        start_s: where to begin.
        end_s: where to end; None for the end.
        first: so many of the frames between are decoded and not given.
    """

    width: int
    height: int
    frames: int
    start_s: float = 0.0
    end_s: float | None = None
    first: int = 0

    def as_json(self) -> dict[str, Any]:  # Any: of mixed types
        """Return the arguments."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Times:
    """In what units, and from when on, times are told.

    Attributes:
        base: of a tick, in seconds.
        origin_s: of the first frame, in the source.
        rate: of the frames on average, in 1 / s.
    """

    base: Fraction
    origin_s: Fraction
    rate: Fraction


class Frame(NamedTuple):
    """One frame.

    Attributes:
        number: from 0, among those that are wanted.
        stamp: when it is shown, in ticks from the first one on.
        lasting: for how many ticks, as the file says; 0 if it does not.
        pixels: of it.
    """

    number: int
    stamp: int
    lasting: int
    pixels: Pixels


def frame_head(stamp: int, lasting: int) -> bytes:
    """Return what stands before a frame's pixels."""
    return _HEAD.pack(stamp, lasting)


def read_frame(
    read: Callable[[int], bytes], number: int, width: int, height: int
) -> Frame | None:
    """Return the next frame; None at the end, behind which a line of JSON comes."""
    stamp, lasting = _HEAD.unpack(read(_HEAD.size))
    if stamp == END:
        return None
    pixels = np.frombuffer(read(width * height * 3), np.uint8)
    return Frame(number, stamp, lasting, pixels.reshape(height, width, 3))
