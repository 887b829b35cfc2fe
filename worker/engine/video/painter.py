"""A clip, frame by frame: cuts, motion, a picture, and what is carried on.

Knows neither files nor networks: frames come in, a painter paints one, pictures go out,
each with all that the next one needs.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Protocol

from worker.engine.option_checks import require_integer, require_number
from worker.engine.video.flow import FLOWS, FlowFinder
from worker.engine.video.frames import Gray, Pixels
from worker.engine.video.measures import sharpness, warping_errors
from worker.engine.video.numbers import FrameNumbers, ShotNumbers
from worker.engine.video.shots import Histogram, Seen, with_cuts
from worker.engine.video.steadiness import (
    Carried,
    Expected,
    Layer,
    Traced,
    carried_on,
    companion,
    expected,
    mixed,
    traced,
)

#: Raised when equal frames and options give other pictures.
ALGORITHM = "impasto-video@3"

#: Returns what a picture shall look like, laid on what the painter gives it.
Wanted = Callable[[Pixels], Expected]


class Unfinished(NamedTuple):
    """A frame while it is painted, step by step; to be read until the next one.

    Attributes:
        step: so many are taken.
        fraction: of the frame, 0 to 1.
        picture: returns what there is to be seen.
        state: copies what the painter can go on from; returns what encodes it.
    """

    step: int
    fraction: float
    picture: Callable[[], Pixels]
    state: Callable[[], Callable[[], bytes]]


class FramePainter(Protocol):
    """Paints frames."""

    @property
    def holds(self) -> bool:
        """Whether pictures go on from what is wanted; else they are mixed with it."""

    def ground(self, frame: Pixels) -> Pixels:
        """Return a quick picture of a frame, for what is seen for a moment."""

    def paint(
        self, frame: Pixels, wanted: Wanted | None
    ) -> Generator[Unfinished, None, Pixels]:
        """Yield some of the steps; return the picture, of the frame's size.

        Args:
            frame: (H, W, 3).
            wanted: what it shall look like; None for a picture of its own.
        """


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """The choices for one clip.

    Attributes:
        temporal_strength: 0 to 1; 0 paints each frame alone.
        flow: a name of `FLOWS`.
        cut_threshold: 0 to 1, of the difference of colours; 1 for no cuts.
        keyframe_interval: a fresh picture every so many frames; 0 for none.
        propagate: paint key frames alone, carry them to those between.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    temporal_strength: float = 0.5
    flow: str = "dis"
    cut_threshold: float = 0.5
    keyframe_interval: int = 0
    propagate: bool = False

    def __post_init__(self) -> None:
        require_number("temporal_strength", self.temporal_strength, 0, 1)
        require_number("cut_threshold", self.cut_threshold, 0, 1)
        require_integer("keyframe_interval", self.keyframe_interval, 0, 2**31)
        if self.flow not in FLOWS:
            raise ValueError(
                f"flow is {self.flow!r}, must be one of {', '.join(FLOWS)}"
            )


@dataclass(frozen=True)
class ClipState:
    """All that the next frame needs of those before.

    Attributes:
        done: so many frames are painted.
        reference: the colours of the shot.
        carried: what the next picture goes on from.
        fresh: the last frame painted alone; None where none is.
        shots: the numbers of all shots so far, the last one's still growing.
    """

    done: int
    reference: Histogram
    carried: Carried
    fresh: Pixels | None
    shots: tuple[ShotNumbers, ...]


class PaintedFrame(NamedTuple):
    """One picture of a clip.

    Attributes:
        share: part of it whose motion is trusted; 0 where it is painted afresh.
        state: after it.
        is_resumable: whether the clip can be gone on from that.
    """

    share: float
    state: ClipState
    is_resumable: bool = True

    @property
    def picture(self) -> Pixels:
        """The picture."""
        return self.state.carried.last.picture


#: Returns the choices for what follows so many painted frames.
OptionsAt = Callable[[int], VideoOptions]


def painted(
    frames: Iterator[Pixels],
    painter: FramePainter,
    options: VideoOptions,
    state: ClipState | None = None,
    options_at: OptionsAt | None = None,
) -> Iterator[PaintedFrame | Unfinished]:
    """Yield the pictures of a clip in order, and some of the steps to them.

    Args:
        frames: (H, W, 3) each; with a state, the last one that was painted comes
            first once more.
        painter: paints them.
        options: the choices.
        state: to go on from.
        options_at: gives others of equal cuts and flow, frame by frame.
    """
    flows = FlowFinder(FLOWS[options.flow])
    last = None if state is None else next(frames)
    reference = None if state is None else state.reference
    for seen in with_cuts(frames, options.cut_threshold, reference):
        if options_at is not None:
            options = options_at(0 if state is None else state.done)
        work = _Frame(seen, flows.gray(seen.pixels), painter, options)
        if state is None or last is None or seen.is_cut:
            made = yield from work.begin(state)
        else:
            made = yield from work.go_on(state, last, flows)
        yield made
        state, last = made.state, seen.pixels


@dataclass(frozen=True)
class _Frame:
    """One frame in work.

    Attributes:
        seen: the frame.
        shown: small and grey.
        painter: paints it.
        options: the choices.
    """

    seen: Seen
    shown: Gray
    painter: FramePainter
    options: VideoOptions

    def begin(
        self, state: ClipState | None
    ) -> Generator[Unfinished, None, PaintedFrame]:
        """Return the first picture of a shot, painted alone."""
        picture = yield from self.painter.paint(self.seen.pixels, None)
        done, shots = (0, ()) if state is None else (state.done, state.shots)
        carried = Carried.begun(Layer(picture, self.shown))
        shots = (*shots, ShotNumbers(first=done))
        return self._made(done, carried, picture, shots, 0.0)

    def go_on(
        self, state: ClipState, last: Pixels, flows: FlowFinder
    ) -> Generator[Unfinished, None, PaintedFrame]:
        """Return a picture that goes on from those before."""
        before, shot = state.carried, replace(state.shots[-1])
        found = None
        if self.options.temporal_strength and not self._is_due(shot):
            back = flows.between(self.shown, before.last.shown)
            forth = flows.between(before.last.shown, self.shown)
            found = traced(self.shown, before, back, forth)
        wanted = None
        if found is not None:
            wanted = partial(expected, before=before, found=found)
        fresh = yield from self.painter.paint(self.seen.pixels, wanted)
        if found is None:
            carried, numbers = Carried.begun(Layer(fresh, self.shown)), None
        else:
            made = self._held(fresh, before, found)
            carried = carried_on(made, before, found)
            numbers = self._numbers(made.picture, fresh, state, last, found)
        shot.add(state.done, numbers)
        share = 0.0 if found is None else found.share
        shots = (*state.shots[:-1], shot)
        return self._made(state.done, carried, fresh, shots, share)

    def _held(self, fresh: Pixels, before: Carried, found: Traced) -> Layer:
        """Return the picture, which is held to those before it."""
        strength = self.options.temporal_strength
        if not self.painter.holds:
            return mixed(Layer(fresh, self.shown), before, found, strength)
        return Layer(fresh, companion(self.shown, before, found, strength))

    def _numbers(
        self,
        picture: Pixels,
        fresh: Pixels,
        state: ClipState,
        last: Pixels,
        found: Traced,
    ) -> FrameNumbers:
        pairs = [
            (picture, state.carried.last.picture),
            (self.seen.pixels, last),
        ]
        if state.fresh is not None:
            pairs.append((fresh, state.fresh))
        error, source, *alone = warping_errors(pairs, found.back, found.trust)
        return FrameNumbers(
            error=error,
            source=source,
            sharpness=sharpness(picture),
            share=found.share,
            alone=alone[0] if alone else None,
            alone_sharpness=sharpness(fresh) if alone else None,
        )

    def _made(
        self,
        done: int,
        carried: Carried,
        fresh: Pixels,
        shots: tuple[ShotNumbers, ...],
        share: float,
    ) -> PaintedFrame:
        kept = None if self.painter.holds else fresh
        after = ClipState(done + 1, self.seen.reference, carried, kept, shots)
        return PaintedFrame(share, after)

    def _is_due(self, shot: ShotNumbers) -> bool:
        interval = self.options.keyframe_interval
        return interval > 0 and shot.frames % interval == 0
