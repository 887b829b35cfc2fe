"""Paint that sticks to what moves: a fresh picture, and what is carried on from before.

Warping from frame to frame blurs a little each time. So most of a picture comes from a
key picture, once, along the motion from here to there; what the key has not seen comes
from the last picture, and what is new in this frame is painted afresh. Differs from
Ruder et al. 2016 in that nothing is optimized, and in the key.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.engine.video.flow import (
    sampled,
    trusted,
    warped,
    within,
)
from worker.engine.video.frames import FlowField, Pixels, Trust

#: A new key once less of it is in view than this, or after so many frames: errors of
#: the motion add up.
_KEY_SHARE, _KEY_FRAMES = 0.5, 24
#: Motion is lost where less than this of a frame is trusted.
LOST_SHARE = 0.15
#: How sure a pixel of the key must be, of what is interpolated on the way.
_SEEN = 0.9
#: Of the edge of what is trusted, in pixels of the flow.
_SOFT_EDGE_PX = 1.0


@dataclass(frozen=True)
class Carried:
    """What a shot's next picture is carried on from.

    Attributes:
        last: the picture before.
        key: the one that most is taken from.
        flow: from the last picture's frame to the key's.
        seen: 1 where the key has what the last frame shows.
        age: of the key, in frames.
    """

    last: Pixels
    key: Pixels
    flow: FlowField
    seen: Trust
    age: int

    @classmethod
    def begun(cls, picture: Pixels, flow_size: tuple[int, int]) -> Self:
        """Return what goes on from a picture that is painted afresh.

        Args:
            picture: of a shot's first frame.
            flow_size: (h, w) of flows.
        """
        still = np.zeros((*flow_size, 2), np.float32)
        return cls(picture, picture, still, np.ones(flow_size, np.float32), 0)


class Steadied(NamedTuple):
    """A picture, and what the next one is carried on from.

    Attributes:
        share: part of the frame whose motion is trusted.
        trust: of each pixel.
    """

    picture: Pixels
    carried: Carried
    share: float
    trust: Trust


def held(strength: float) -> float:
    """Return how much of a picture is carried on where motion is sure: 0 to 1.

    Args:
        strength: as users say it; 0.5 holds three quarters.
    """
    return 1 - (1 - strength) ** 2


def steadied(
    fresh: Pixels,
    before: Carried,
    back: FlowField,
    forth: FlowField,
    strength: float,
) -> Steadied | None:
    """Return a picture that goes on from the one before; None if the motion is lost.

    Args:
        fresh: the frame painted alone.
        before: what it is carried on from.
        back: from this frame to the one before.
        forth: from that one to this.
        strength: 0 to 1.
    """
    trust = trusted(back, forth)
    share = float(trust.mean())
    if share < LOST_SHARE:
        return None
    flow: FlowField = back + sampled(before.flow, back)
    sure = sampled(before.seen, back) * trust > _SEEN
    seen: Trust = (sure & within(flow)).astype(np.float32)
    hold = held(strength)
    near = warped(before.last, back, cv2.INTER_LANCZOS4)
    far = warped(before.key, flow, cv2.INTER_CUBIC)
    mixed = fresh.astype(np.float32)
    mixed += hold * _soft(trust, fresh) * (near - mixed)
    mixed += hold * _soft(seen, fresh) * (far - mixed)
    picture = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    carried = Carried(picture, before.key, flow, seen, before.age + 1)
    if float(seen.mean()) < _KEY_SHARE or carried.age >= _KEY_FRAMES:
        carried = Carried.begun(picture, trust.shape[:2])
    return Steadied(picture, carried, share, trust)


def _soft(trust: Trust, like: Pixels) -> NDArray[np.float32]:
    """Return the trust of each pixel of a picture, (H, W, 1), with a soft edge."""
    narrow = cv2.erode(trust, np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(narrow, (0, 0), _SOFT_EDGE_PX)
    height, width = like.shape[:2]
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)[..., None]


def warping_error(
    picture: Pixels, last: Pixels, back: FlowField, trust: Trust
) -> float:
    """Return the root mean square difference from the last picture carried here.

    Where the motion is trusted; of the range 0 to 1. Source: Lai et al. 2018, eq. 3.
    """
    height, width = picture.shape[:2]
    expected = warped(last, back, cv2.INTER_LINEAR)
    gap = np.square((picture.astype(np.float32) - expected) / 255).mean(-1)
    weight = cv2.resize(trust, (width, height), interpolation=cv2.INTER_NEAREST)
    total = float(weight.sum())
    return float(np.sqrt((gap * weight).sum() / total)) if total else 0.0


def sharpness(picture: Pixels) -> float:
    """Return the deviation of the Laplacian of the light, of the range 0 to 1."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return float(cv2.Laplacian(light, cv2.CV_32F).std())
