"""Where one shot ends and the next begins: by the colours of frames.

A cut changes hues and saturations at once and for good; a pan changes them slowly, and
a flash for a frame or two. What a clip fades to, black or white, is no shot: colours
after it are compared with those before.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.engine.video.frames import Pixels

#: (hues, saturations), all of it adds up to 1; 0 of a frame that shows nothing.
Histogram = NDArray[np.float32]

_BINS = (30, 32)
_RANGES = (0, 180, 0, 256)
_LOOK_PX = 256
#: Deviation of brightness, 0 to 255, below which a frame shows nothing. Hues of what
#: is nearly black mean nothing.
_BLANK = 4.0
#: So many frames must differ from the shot before for a cut: a flash is shorter.
SHORTEST_SHOT = 3
#: From this threshold on there are no cuts.
_NEVER = 1.0


def histogram(pixels: Pixels) -> Histogram:
    """Return how often each hue comes with each saturation; 0 of a blank frame."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _LOOK_PX / max(height, width))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colors = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    if colors[..., 2].std() < _BLANK:
        return np.zeros(_BINS, np.float32)
    counts = cv2.calcHist([colors], [0, 1], None, list(_BINS), list(_RANGES))
    total: Histogram = (counts / max(1.0, float(counts.sum()))).astype(np.float32)
    return total


def difference(one: Histogram, other: Histogram) -> float:
    """Return how much two histograms differ: 0 to 2."""
    return float(np.abs(one - other).sum())


class Seen(NamedTuple):
    """A frame, and whether it begins a shot.

    Attributes:
        pixels: of it.
        is_cut: whether it does; the first one of a clip does.
        reference: the colours of the shot so far.
    """

    pixels: Pixels
    is_cut: bool
    reference: Histogram


def with_cuts(
    frames: Iterable[Pixels], threshold: float, reference: Histogram | None = None
) -> Iterator[Seen]:
    """Yield frames with the cuts between them; looks `SHORTEST_SHOT` - 1 ahead.

    Args:
        frames: in order.
        threshold: what difference is a cut, 0 to 1; at 1 nothing is.
        reference: the colours before the first frame; None at a clip's beginning.
    """
    window: deque[tuple[Pixels, Histogram]] = deque()

    def judged() -> Seen:
        nonlocal reference
        pixels, own = window[0]
        ahead = [each for _, each in window]
        is_blank = not own.any()
        is_cut = reference is None or (
            threshold < _NEVER
            and not is_blank
            and bool(reference.any())
            and not _is_flash(ahead, threshold)
            and all(difference(reference, each) > threshold for each in ahead)
        )
        # What flashes or is blank leaves the shot as it was.
        is_like = reference is not None and difference(reference, own) <= threshold
        if reference is None or not reference.any() or is_cut or is_like:
            reference = own
        window.popleft()
        return Seen(pixels, is_cut, reference)

    for pixels in frames:
        window.append((pixels, histogram(pixels)))
        if len(window) == SHORTEST_SHOT:
            yield judged()
    while window:
        yield judged()


def _is_flash(ahead: Sequence[Histogram], threshold: float) -> bool:
    """Tell whether the first of these frames is like none of those after it."""
    first, *others = ahead
    return bool(others) and all(difference(first, each) > threshold for each in others)
