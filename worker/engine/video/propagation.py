"""Key frames are painted; those between are carried from both sides and cross-faded.

A key frame goes on from the one before, so that the two that are cross-faded show the
same strokes. Where neither shows what a frame does, its own picture is laid below.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from worker.engine.video.flow import FLOWS, FlowFinder, warped
from worker.engine.video.frames import Gray, Pixels, Trust
from worker.engine.video.measures import sharpness, warping_errors
from worker.engine.video.numbers import FrameNumbers, ShotNumbers
from worker.engine.video.painter import (
    ClipState,
    FramePainter,
    OptionsAt,
    PaintedFrame,
    Unfinished,
    VideoOptions,
)
from worker.engine.video.shots import Seen, with_cuts
from worker.engine.video.steadiness import (
    Carried,
    Expected,
    Layer,
    Traced,
    companion,
    cover,
    held,
    traced,
)

#: Frames from one key to the next if none are asked for: they are in memory together.
USUAL_INTERVAL = 12
#: A frame's own picture is made if more of it than this is in neither key.
_HOLE_SHARE = 0.002


def propagated(
    frames: Iterator[Pixels],
    painter: FramePainter,
    options: VideoOptions,
    state: ClipState | None = None,
    options_at: OptionsAt | None = None,
) -> Iterator[PaintedFrame | Unfinished]:
    """Yield the pictures of a clip in order, and some of the steps to its keys.

    Args:
        frames: (H, W, 3) each; with a state, its key frame comes first once more.
        painter: paints key frames, and what is in none.
        options: the choices.
        state: of a key frame, to go on from.
        options_at: gives others of equal cuts, keys and flow, from key to key.
    """
    work = _Propagation(painter, options, FlowFinder(FLOWS[options.flow]))
    last = None if state is None else next(frames)
    reference = None if state is None else state.reference
    seen = with_cuts(frames, options.cut_threshold, reference)
    for group in _groups(seen, options.keyframe_interval or USUAL_INTERVAL):
        if options_at is not None:
            options = options_at(0 if state is None else state.done)
            work = replace(work, options=options)
        if state is None or last is None or group[0].is_cut:
            first = group.pop(0)
            made = yield from work.begin(first, state)
            yield made
            state, last = made.state, first.pixels
        if group:
            state = yield from work.between(group, state, last)
            last = group[-1].pixels


def _groups(seen: Iterator[Seen], interval: int) -> Iterator[list[Seen]]:
    """Yield the frames up to each next key; one that begins a shot comes first."""
    group: list[Seen] = []
    for each in seen:
        if each.is_cut and group:
            yield group
            group = []
        group.append(each)
        if len(group) - group[0].is_cut == interval:
            yield group
            group = []
    if group:
        yield group


@dataclass(frozen=True)
class _Propagation:
    """What is the same for all groups of a clip.

    Attributes:
        painter: paints.
        options: the choices.
        flows: finds motion.
    """

    painter: FramePainter
    options: VideoOptions
    flows: FlowFinder

    def begin(
        self, seen: Seen, state: ClipState | None
    ) -> Generator[Unfinished, None, PaintedFrame]:
        """Return the first picture of a shot."""
        picture = yield from self.painter.paint(seen.pixels, None)
        key = Layer(picture, self.flows.gray(seen.pixels))
        done, shots = (0, ()) if state is None else (state.done, state.shots)
        shots = (*shots, ShotNumbers(first=done))
        after = ClipState(done + 1, seen.reference, Carried.begun(key), None, shots)
        return PaintedFrame(0.0, after)

    def between(
        self, group: Sequence[Seen], state: ClipState, last: Pixels
    ) -> Generator[PaintedFrame | Unfinished, None, ClipState]:
        """Yield the pictures from one key to the next; return the state there."""
        first = state.carried.last
        shown = [self.flows.gray(each.pixels) for each in group]
        ahead = self._reaches(first, shown)
        picture = yield from self._key(group[-1].pixels, first, ahead[-1])
        second = Layer(picture, shown[-1])
        behind = self._reaches(second, [*reversed(shown[:-1])])[::-1]
        for number, seen in enumerate(group):
            is_key = number + 1 == len(group)
            if not is_key:
                sides = [(first, ahead[number]), (second, behind[number])]
                picture = self._faded(seen.pixels, sides, (number + 1) / len(group))
            made = Layer(second.picture if is_key else picture, shown[number])
            numbers = _numbers(made.picture, seen, state, last, ahead[number])
            shot = replace(state.shots[-1])
            shot.add(state.done, numbers)
            state = ClipState(
                state.done + 1,
                seen.reference,
                Carried.begun(made),
                None,
                (*state.shots[:-1], shot),
            )
            share = 0.0 if numbers is None else numbers.share
            yield PaintedFrame(share, state, is_resumable=is_key)
            last = seen.pixels
        return state

    def _reaches(self, key: Layer, shown: Sequence[Gray]) -> list[Traced | None]:
        """Return where frames' pixels come from, each further from the key."""
        found: list[Traced | None] = []
        before = Carried.begun(key)
        for frame in shown:
            back = self.flows.between(frame, before.last.shown)
            forth = self.flows.between(before.last.shown, frame)
            reach = traced(frame, before, back, forth)
            if reach is None:
                break
            found.append(reach)
            seen = Layer(key.picture, companion(frame, before, reach, 1.0))
            before = Carried(seen, key, reach.flow, reach.seen, 0)
        return found + [None] * (len(shown) - len(found))

    def _key(
        self, frame: Pixels, first: Layer, reach: Traced | None
    ) -> Generator[Unfinished, None, Pixels]:
        """Return the picture of the next key, which goes on from the one before."""
        if reach is None:
            return (yield from self.painter.paint(frame, None))
        paint, shares = _carried(first, reach)
        if self.painter.holds:
            wanted: Callable[[Pixels], Expected] = partial(_over, paint, shares)
            return (yield from self.painter.paint(frame, wanted))
        fresh = yield from self.painter.paint(frame, None)
        hold = held(self.options.temporal_strength)
        return _over(paint, hold * shares, fresh).picture

    def _faded(
        self,
        frame: Pixels,
        sides: Sequence[tuple[Layer, Traced | None]],
        part: float,
    ) -> Pixels:
        """Return a picture between two keys.

        Args:
            frame: that it is of.
            sides: the keys, and where the frame's pixels come from in each.
            part: of the way from the first to the second.
        """
        total = np.zeros((*frame.shape[:2], 1), np.float32)
        paint = np.zeros(frame.shape, np.float32)
        shares = np.zeros(frame.shape[:2], np.float32)
        for (key, reach), weight in zip(sides, (1 - part, part), strict=True):
            if reach is not None:
                carried, covered = _carried(key, reach)
                counted = (weight * covered + 1e-6)[..., None]
                paint += counted * carried
                total += counted
                shares = np.maximum(shares, covered)
        if float((shares < 0.5).mean()) > _HOLE_SHARE or not total.any():
            ground = self.painter.ground(frame)
            paint /= np.maximum(total, 1e-6)
            return _over(paint, shares, ground).picture
        paint /= total
        return _levels(paint)


def _carried(key: Layer, reach: Traced) -> tuple[Pixels, Trust]:
    """Return the key's paint as a frame shows it, and where it does."""
    paint = warped(key.picture, reach.flow, cv2.INTER_CUBIC)
    return paint, cover(reach.seen, paint)


def _over(
    paint: Pixels | NDArray[np.float32], shares: Trust, ground: Pixels
) -> Expected:
    """Return paint laid over a picture where it is."""
    mix = ground.astype(np.float32)
    mix += shares[..., None] * (paint.astype(np.float32) - mix)
    return Expected(_levels(mix), shares)


def _levels(values: NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _numbers(
    picture: Pixels, seen: Seen, state: ClipState, last: Pixels, reach: Traced | None
) -> FrameNumbers | None:
    if reach is None:
        return None
    before = state.carried.last.picture
    pairs = [(picture, before), (seen.pixels, last)]
    error, source = warping_errors(pairs, reach.back, reach.trust)
    return FrameNumbers(
        error=error,
        source=source,
        sharpness=sharpness(picture),
        share=reach.share,
        alone=None,
        alone_sharpness=None,
    )
