"""Paint that sticks to what moves: a fresh picture, and what is carried on from before.

Warping from frame to frame blurs a little each time. So most of a picture comes from a
key picture, once, along the motion from here to there; what the key has not seen comes
from the last picture, and what is new in this frame is painted afresh.

Motion that is a little wrong in each frame would bend buildings within seconds. So a
companion goes through all that the picture goes through: the source as the picture
shows it. Motion is found between the frame and the companion, which takes back what
went wrong before, and where the companion does not look like the frame nothing is
carried on. Differs from Ruder et al. 2016 in all of this; nothing is optimized.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.engine.video.flow import (
    full_maps,
    remapped,
    sampled,
    trusted,
    warped,
    within,
)
from worker.engine.video.frames import FlowField, Gray, Pixels, Trust

#: A new key once less of it is in view than this, or after so many frames.
_KEY_SHARE, _KEY_FRAMES = 0.5, 24
#: Motion is lost where less than this of a frame is trusted.
LOST_SHARE = 0.15
#: How sure a pixel of the key must be, of what is interpolated on the way.
_SEEN = 0.9
#: Of the edge of what is trusted, in pixels of the flow.
_SOFT_EDGE_PX = 1.0
#: The companion may differ by so many levels, and by a shift of so many pixels.
_UNLIKE_LEVELS, _UNLIKE_PX = 5.0, 0.8
_NEIGHBOURHOOD_PX = 1.5
#: Part of the detail that mixing has cost that is given back: all of it brings noise.
#: City clip, 384 px, 100 frames: sharpness .75 of each frame alone with none, .89 with
#: half, and an error of .52 and .55 of it.
_DETAIL = 0.5
_MEAN_OF_CHANNELS = np.full((1, 3), 1 / 3, np.float32)
_DETAIL_PX, _DETAIL_AREA_PX, _MOST_GAIN = 1.0, 8.0, 1.6


@dataclass(frozen=True)
class Layer:
    """A picture that later ones take paint from.

    Attributes:
        picture: of it.
        shown: the source as it shows it, small: its companion.
    """

    picture: Pixels
    shown: Gray


@dataclass(frozen=True)
class Carried:
    """What a shot's next picture is carried on from.

    Attributes:
        last: the picture before.
        key: the one that most is taken from.
        flow: from the last picture to the key.
        seen: 1 where the key has what the last picture shows.
        age: of the key, in frames.
    """

    last: Layer
    key: Layer
    flow: FlowField
    seen: Trust
    age: int

    @classmethod
    def begun(cls, layer: Layer) -> Self:
        """Return what goes on from a picture that is painted afresh, or a new key."""
        size = layer.shown.shape
        still = np.zeros((*size, 2), np.float32)
        return cls(layer, layer, still, np.ones(size, np.float32), 0)


class Steadied(NamedTuple):
    """A picture, and what the next one is carried on from.

    Attributes:
        share: part of the frame whose motion is trusted.
        trust: of each pixel.
    """

    carried: Carried
    share: float
    trust: Trust

    @property
    def picture(self) -> Pixels:
        """The picture."""
        return self.carried.last.picture


def held(strength: float) -> float:
    """Return how much of a picture is carried on where motion is sure: 0 to 1.

    Args:
        strength: as users say it; 0.5 holds three quarters.
    """
    return 1 - (1 - strength) ** 2


def steadied(
    fresh: Layer,
    before: Carried,
    back: FlowField,
    forth: FlowField,
    strength: float,
) -> Steadied | None:
    """Return a picture that goes on from the one before; None if the motion is lost.

    Args:
        fresh: the frame painted alone, and the frame.
        before: what it is carried on from.
        back: from this frame to what the last picture shows.
        forth: from there to this frame.
        strength: 0 to 1.
    """
    trust = trusted(back, forth)
    trust *= _agreement(sampled(before.last.shown, back, cv2.INTER_CUBIC), fresh.shown)
    share = float(trust.mean())
    if share < LOST_SHARE:
        return None
    flow: FlowField = back + sampled(before.flow, back)
    sure = sampled(before.seen, back) * trust > _SEEN
    seen: Trust = (sure & within(flow)).astype(np.float32)
    seen *= _agreement(sampled(before.key.shown, flow, cv2.INTER_CUBIC), fresh.shown)
    mix = _Mix(fresh.picture.astype(np.float32), fresh.shown.astype(np.float32))
    hold = held(strength)
    mix.lay(before.last, back, hold * _soft(trust), cv2.INTER_LANCZOS4)
    mix.lay(before.key, flow, hold * _soft(seen), cv2.INTER_CUBIC)
    made = Layer(_levels(_detailed(mix.picture, fresh.picture)), _levels(mix.shown))
    carried = Carried(made, before.key, flow, seen, before.age + 1)
    if float(seen.mean()) < _KEY_SHARE or carried.age >= _KEY_FRAMES:
        carried = Carried.begun(made)
    return Steadied(carried, share, trust)


@dataclass
class _Mix:
    """A picture and its companion while paint is laid on them: float, 0 to 255."""

    picture: NDArray[np.float32]
    shown: NDArray[np.float32]

    def lay(
        self, layer: Layer, motion: FlowField, part: Trust, interpolation: int
    ) -> None:
        """Lay a layer over the mix, carried along a motion.

        Args:
            layer: what paint is taken from.
            motion: from here to it.
            part: how much of it is laid, 0 to 1.
            interpolation: of the paint, OpenCV's.
        """
        companion = sampled(layer.shown, motion, cv2.INTER_CUBIC)
        self.shown += part * (companion - self.shown)
        paint = warped(layer.picture, motion, interpolation)
        self.picture += _grown(part, paint)[..., None] * (paint - self.picture)


def _agreement(companion: NDArray[np.float32], frame: Gray) -> Trust:
    """Return 1 where a companion looks like the frame, but for a shift of a pixel."""
    light = frame.astype(np.float32)
    slopes = [
        cv2.Sobel(light, cv2.CV_32F, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1))
    ]
    gap, slope = (
        cv2.GaussianBlur(each, (0, 0), _NEIGHBOURHOOD_PX)
        for each in (np.abs(companion - light), np.hypot(*slopes))
    )
    agrees: Trust = (gap <= _UNLIKE_LEVELS + _UNLIKE_PX * slope).astype(np.float32)
    return agrees


def _detailed(picture: NDArray[np.float32], fresh: Pixels) -> NDArray[np.float32]:
    """Return a mixed picture with some of the detail that fresh ones have there."""

    def detail(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(
            pixels - cv2.GaussianBlur(pixels, (0, 0), _DETAIL_PX), np.float32
        )

    def energy(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        squares = cv2.transform(np.square(pixels), _MEAN_OF_CHANNELS)
        around = cv2.GaussianBlur(squares, (0, 0), _DETAIL_AREA_PX)
        return np.asarray(around, np.float32) + 1.0

    own = detail(picture)
    ratio = energy(detail(fresh.astype(np.float32))) / energy(own)
    gain = np.clip(np.sqrt(ratio), 1, _MOST_GAIN)[..., None]
    made: NDArray[np.float32] = picture + _DETAIL * (gain - 1) * own
    return made


def _levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _soft(trust: Trust) -> Trust:
    """Return trust with a soft edge, inside of where it was."""
    narrow = cv2.erode(trust, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(narrow, (0, 0), _SOFT_EDGE_PX), np.float32)


def _grown(trust: Trust, like: Pixels) -> Trust:
    """Return trust at the size of a picture."""
    height, width = like.shape[:2]
    large = cv2.resize(trust, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def warping_errors(
    pairs: Sequence[tuple[Pixels, Pixels]], back: FlowField, trust: Trust
) -> list[float]:
    """Return the root mean square difference from each last picture, carried here.

    Where the motion is trusted; of the range 0 to 1. Source: Lai et al. 2018, eq. 3.

    Args:
        pairs: of a picture and the one before it, all of one size.
        back: from this frame to the one before.
        trust: in that.
    """
    like = pairs[0][0]
    maps = full_maps(back, like)
    weight = cv2.resize(trust, like.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    total = 3 * float(weight.sum())
    errors = []
    for picture, last in pairs:
        expected = remapped(last, maps, cv2.INTER_LINEAR)
        gap = cv2.absdiff(picture, expected).astype(np.float32) / 255
        squares = float(np.vdot(gap * weight[..., None], gap))
        errors.append(float(np.sqrt(squares / total)) if total else 0.0)
    return errors


def sharpness(picture: Pixels) -> float:
    """Return the deviation of the Laplacian of the light, of the range 0 to 1."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return float(cv2.Laplacian(light, cv2.CV_32F).std())
