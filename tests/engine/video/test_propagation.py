"""Key frames are painted, the others carried from both sides."""

from collections.abc import Generator

import numpy as np

from tests.clips import Pixels, pan
from tests.engine.video.test_steadiness import SIZE, Flicker
from worker.engine.video.painter import (
    ClipState,
    PaintedFrame,
    Unfinished,
    VideoOptions,
    Wanted,
)
from worker.engine.video.propagation import propagated


class Painter:
    """Paints in strokes that are others each time, and counts what it is asked for."""

    holds = False

    def __init__(self) -> None:
        self.painted, self.grounds = 0, 0
        self._flicker = Flicker(1)

    def paint(
        self, frame: Pixels, wanted: Wanted | None
    ) -> Generator[Unfinished, None, Pixels]:
        yield from ()
        self.painted += 1
        return self._flicker(frame)

    def ground(self, frame: Pixels) -> Pixels:
        self.grounds += 1
        return np.zeros_like(frame)


def made(
    frames: list[Pixels],
    painter: Painter,
    state: ClipState | None = None,
    interval: int = 4,
) -> list[PaintedFrame]:
    options = VideoOptions(
        propagate=True, keyframe_interval=interval, temporal_strength=1.0
    )
    ticks = propagated(iter(frames), painter, options, state)
    return [each for each in ticks if isinstance(each, PaintedFrame)]


def test_key_frames_alone_are_painted() -> None:
    painter = Painter()
    found = made(pan(6, 1, SIZE) + pan(4, 1, SIZE, "still-life"), painter)
    # Frames 0, 4 and 5 of the first shot, 0 and 3 of the second.
    assert painter.painted == 5
    assert [each.state.done for each in found] == [*range(1, 11)]
    resumable = [n for n, each in enumerate(found) if each.is_resumable]
    assert resumable == [0, 4, 5, 6, 9]
    assert [each.first for each in found[-1].state.shots] == [0, 6]


def test_paint_sticks_to_what_moves() -> None:
    frames = pan(5, 2, SIZE)
    first, *_, last = made(frames, Painter())
    moved = first.picture[:, 8:].astype(int)
    assert np.abs(moved - last.picture[:, :-8])[8:-8, 8:-8].mean() < 6


def test_what_neither_key_shows_is_painted_afresh() -> None:
    frames = pan(5, 1, SIZE)
    frames[2] = frames[2].copy()
    frames[2][40:72, 60:100] = (250, 20, 20)
    painter = Painter()
    found = made(frames, painter)
    assert painter.grounds >= 1
    assert found[2].picture[48:64, 70:90].mean() < 60
    assert found[2].picture[90:, 20:60].mean() > 60


def test_who_goes_on_from_a_key_makes_the_same_pictures() -> None:
    frames = pan(9, 1, SIZE)

    class Plain(Painter):
        def paint(
            self, frame: Pixels, wanted: Wanted | None
        ) -> Generator[Unfinished, None, Pixels]:
            yield from ()
            return 255 - frame

    whole = made(frames, Plain())
    rest = made(frames[4:], Plain(), whole[4].state)
    assert len(rest) == 4
    for one, other in zip(rest, whole[5:], strict=True):
        assert np.array_equal(one.picture, other.picture)
    assert rest[-1].state.shots == whole[-1].state.shots
