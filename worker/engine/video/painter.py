"""A clip, frame by frame: cuts, motion, a fresh picture, and what is carried on.

Knows neither files nor networks: frames come in, a function paints one, pictures go
out, each with all that the next one needs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from worker.engine.option_checks import require_integer, require_number
from worker.engine.video.flow import FLOWS, FlowFinder
from worker.engine.video.frames import Pixels
from worker.engine.video.numbers import FrameNumbers, ShotNumbers
from worker.engine.video.shots import Histogram, Seen, with_cuts
from worker.engine.video.steadiness import (
    Carried,
    Layer,
    sharpness,
    steadied,
    warping_errors,
)

#: Raised when equal frames and options give other pictures.
ALGORITHM = "impasto-video-fast@2"


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """The choices for one clip.

    Attributes:
        temporal_strength: 0 to 1; 0 paints each frame alone.
        flow: a name of `FLOWS`.
        cut_threshold: 0 to 1, of the difference of colours; 1 for no cuts.
        keyframe_interval: a fresh picture every so many frames; 0 for none.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    temporal_strength: float = 0.5
    flow: str = "dis"
    cut_threshold: float = 0.5
    keyframe_interval: int = 0

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
        fresh: the last frame painted alone.
        shots: the numbers of all shots so far, the last one's still growing.
    """

    done: int
    reference: Histogram
    carried: Carried
    fresh: Pixels
    shots: tuple[ShotNumbers, ...]


class PaintedFrame(NamedTuple):
    """One picture of a clip.

    Attributes:
        share: part of it whose motion is trusted; 0 where it is painted afresh.
        state: after it.
    """

    share: float
    state: ClipState

    @property
    def picture(self) -> Pixels:
        """The picture."""
        return self.state.carried.last.picture


def painted(
    frames: Iterator[Pixels],
    repaint: Callable[[Pixels], Pixels],
    options: VideoOptions,
    state: ClipState | None = None,
) -> Iterator[PaintedFrame]:
    """Yield the pictures of a clip in order.

    Args:
        frames: (H, W, 3) each; with a state, the last one that was painted comes
            first once more.
        repaint: paints one frame alone; the size stays.
        options: the choices.
        state: to go on from.
    """
    flows = FlowFinder(FLOWS[options.flow])
    last = None if state is None else next(frames)
    reference = None if state is None else state.reference
    for seen in with_cuts(frames, options.cut_threshold, reference):
        made = _next(seen, last, repaint(seen.pixels), options, flows, state)
        state, last = made.state, seen.pixels
        yield made


def _next(
    seen: Seen,
    last: Pixels | None,
    fresh: Pixels,
    options: VideoOptions,
    flows: FlowFinder,
    state: ClipState | None,
) -> PaintedFrame:
    """Return the picture of one frame."""
    layer = Layer(fresh, flows.gray(seen.pixels))
    if state is None or last is None or seen.is_cut:
        return _begun(layer, seen, state)
    made = None
    numbers: FrameNumbers | None = None
    shot = replace(state.shots[-1])
    before = state.carried.last
    if options.temporal_strength and not _is_due(shot, options.keyframe_interval):
        back = flows.between(layer.shown, before.shown)
        forth = flows.between(before.shown, layer.shown)
        made = steadied(layer, state.carried, back, forth, options.temporal_strength)
        if made is not None:
            pairs = (
                (made.picture, before.picture),
                (fresh, state.fresh),
                (seen.pixels, last),
            )
            error, alone, source = warping_errors(pairs, back, made.trust)
            numbers = FrameNumbers(
                error,
                alone,
                source,
                sharpness(made.picture),
                sharpness(fresh),
                made.share,
            )
    shot.add(state.done, numbers)
    carried = Carried.begun(layer) if made is None else made.carried
    shots = (*state.shots[:-1], shot)
    after = ClipState(state.done + 1, seen.reference, carried, fresh, shots)
    return PaintedFrame(0.0 if made is None else made.share, after)


def _begun(layer: Layer, seen: Seen, state: ClipState | None) -> PaintedFrame:
    """Return the first picture of a shot, painted alone."""
    shots = () if state is None else state.shots
    done = 0 if state is None else state.done
    carried = Carried.begun(layer)
    shots = (*shots, ShotNumbers(first=done))
    after = ClipState(done + 1, seen.reference, carried, layer.picture, shots)
    return PaintedFrame(0.0, after)


def _is_due(shot: ShotNumbers, interval: int) -> bool:
    return interval > 0 and shot.frames % interval == 0
