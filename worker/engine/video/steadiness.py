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


@dataclass(frozen=True)
class Traced:
    """Where a frame's pixels come from.

    Attributes:
        back: from this frame to what the last picture shows.
        trust: in that, of each pixel.
        flow: from this frame to the key.
        seen: 1 where the key has what this frame shows.
    """

    back: FlowField
    trust: Trust
    flow: FlowField
    seen: Trust

    @property
    def share(self) -> float:
        """Part of the frame whose motion is trusted."""
        return float(self.trust.mean())


class Expected(NamedTuple):
    """What a picture shall look like, by those before it.

    Attributes:
        picture: the paint, carried here; where there is none, what it was laid on.
        shares: (H, W), 0 to 1, where there is some.
    """

    picture: Pixels
    shares: Trust


def held(strength: float) -> float:
    """Return how much of a picture is carried on where motion is sure: 0 to 1.

    Args:
        strength: as users say it; 0.5 holds three quarters.
    """
    return 1 - (1 - strength) ** 2


def traced(
    shown: Gray, before: Carried, back: FlowField, forth: FlowField
) -> Traced | None:
    """Return where a frame's pixels come from; None if the motion is lost.

    Args:
        shown: the frame.
        before: what it is carried on from.
        back: from this frame to what the last picture shows.
        forth: from there to this frame.
    """
    trust = trusted(back, forth)
    trust *= _agreement(sampled(before.last.shown, back, cv2.INTER_CUBIC), shown)
    flow: FlowField = back + sampled(before.flow, back)
    sure = sampled(before.seen, back) * trust > _SEEN
    seen: Trust = (sure & within(flow)).astype(np.float32)
    seen *= _agreement(sampled(before.key.shown, flow, cv2.INTER_CUBIC), shown)
    found = Traced(back, trust, flow, seen)
    return None if found.share < LOST_SHARE else found


def mixed(fresh: Layer, before: Carried, found: Traced, strength: float) -> Layer:
    """Return a picture that goes on from the one before.

    Args:
        fresh: the frame painted alone, and the frame.
        before: what it is carried on from.
        found: where its pixels come from.
        strength: 0 to 1.
    """
    picture = _painted_over(fresh.picture, before, found, held(strength))
    made = _levels(_detailed(picture, fresh.picture))
    return Layer(made, companion(fresh.shown, before, found, strength))


def expected(ground: Pixels, before: Carried, found: Traced) -> Expected:
    """Return what a picture shall look like by those before it.

    Args:
        ground: what is shown where nothing is carried on.
        before: what it is carried on from.
        found: where its pixels come from.
    """
    unseen = (1 - _soft(found.trust)) * (1 - _soft(found.seen))
    shares = _grown(np.asarray(1 - unseen, np.float32), ground)
    return Expected(_levels(_painted_over(ground, before, found, 1.0)), shares)


def cover(seen: Trust, like: Pixels) -> Trust:
    """Return where a key is seen at the size of a picture, with a soft edge."""
    return np.clip(_grown(_soft(seen), like), 0, 1)


def companion(shown: Gray, before: Carried, found: Traced, strength: float) -> Gray:
    """Return the source as a picture shows it that is held to those before it.

    Args:
        shown: the frame.
        before: what the picture is carried on from.
        found: where its pixels come from.
        strength: 0 to 1.
    """
    mix = shown.astype(np.float32)
    for layer, motion, part in _layers(before, found):
        there = sampled(layer.shown, motion, cv2.INTER_CUBIC)
        mix += held(strength) * part * (there - mix)
    return _levels(mix)


def carried_on(made: Layer, before: Carried, found: Traced) -> Carried:
    """Return what the next picture goes on from; a new key if this one is out of view.

    Args:
        made: the picture.
        before: what it was carried on from.
        found: where its pixels came from.
    """
    carried = Carried(made, before.key, found.flow, found.seen, before.age + 1)
    if float(found.seen.mean()) < _KEY_SHARE or carried.age >= _KEY_FRAMES:
        return Carried.begun(made)
    return carried


def _layers(
    before: Carried, found: Traced
) -> tuple[tuple[Layer, FlowField, Trust], ...]:
    """Return what paint is taken from, along which motion, and how much of it is."""
    return (
        (before.last, found.back, _soft(found.trust)),
        (before.key, found.flow, _soft(found.seen)),
    )


def _painted_over(
    ground: Pixels, before: Carried, found: Traced, hold: float
) -> NDArray[np.float32]:
    """Return a picture with the paint of before laid over it, 0 to 255."""
    mix = ground.astype(np.float32)
    ways = (cv2.INTER_LANCZOS4, cv2.INTER_CUBIC)
    for (layer, motion, part), way in zip(_layers(before, found), ways, strict=True):
        paint = warped(layer.picture, motion, way)
        mix += _grown(hold * part, paint)[..., None] * (paint - mix)
    return mix


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
