"""Motion, trust in it, and paint that is carried along."""

from collections.abc import Callable, Generator

import numpy as np
import pytest

from tests.clips import Pixels, pan
from worker.engine.video.flow import FLOWS, FlowFinder, trusted
from worker.engine.video.numbers import report
from worker.engine.video.painter import (
    ClipState,
    FramePainter,
    PaintedFrame,
    Unfinished,
    VideoOptions,
    Wanted,
    painted,
)
from worker.engine.video.steadiness import held

SIZE = (192, 128)


def noisy(seed: int = 1) -> "Flicker":
    return Flicker(seed)


class Paint:
    """A painter that looks at the frame alone."""

    holds = False

    def __init__(self, repaint: Callable[[Pixels], Pixels]) -> None:
        self._repaint = repaint

    def paint(
        self, frame: Pixels, wanted: Wanted | None
    ) -> Generator[Unfinished, None, Pixels]:
        yield from ()
        return self._repaint(frame)


class Keeper:
    """A painter that takes what is wanted, and black where there is none."""

    holds = True

    def paint(
        self, frame: Pixels, wanted: Wanted | None
    ) -> Generator[Unfinished, None, Pixels]:
        if wanted is None:
            return frame
        yield Unfinished(1, 0.5, lambda: frame, lambda: bytes)
        return wanted(np.zeros_like(frame)).picture


class Flicker:
    """Paints a frame in strokes that are others each time."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def __call__(self, pixels: Pixels) -> Pixels:
        strokes = self._random.normal(
            0, 40, (pixels.shape[0] // 4, pixels.shape[1] // 4)
        )
        grown = strokes.repeat(4, axis=0).repeat(4, axis=1)[..., None]
        return np.clip(pixels + grown, 0, 255).astype(np.uint8)


def made(frames: list[Pixels], **options: object) -> list[PaintedFrame]:
    return pictures(frames, Paint(noisy()), **options)


def pictures(
    frames: list[Pixels],
    painter: FramePainter,
    state: ClipState | None = None,
    **options: object,
) -> list[PaintedFrame]:
    ticks = painted(iter(frames), painter, VideoOptions(**options), state)
    return [each for each in ticks if isinstance(each, PaintedFrame)]


@pytest.mark.parametrize("kind", FLOWS)
def test_a_known_motion_is_found(kind: str) -> None:
    first, second = pan(2, 4, SIZE)
    flows = FlowFinder(FLOWS[kind])
    found = flows.between(flows.gray(second), flows.gray(first)) / FLOWS[kind].scale
    inner = found[8:-8, 8:-8]
    assert np.median(np.abs(inner - [4, 0])) < 0.3


def test_what_a_patch_uncovers_is_not_trusted() -> None:
    texture = np.random.default_rng(3).integers(0, 90, (*SIZE[::-1], 1), np.uint8)
    ground = pan(1, 0, SIZE)[0] // 2 + texture
    patch = pan(1, 0, (48, 48), "still-life")[0] // 2 + texture[:48, :48] + 40
    frames = [ground.copy() for _ in range(2)]
    frames[0][40:88, 80:128] = patch
    frames[1][40:88, 92:140] = patch
    flows = FlowFinder(FLOWS["dis"])
    before, now = map(flows.gray, frames)
    trust = trusted(flows.between(now, before), flows.between(before, now))
    uncovered = np.zeros(trust.shape, bool)
    uncovered[20:44, 40:46] = True
    assert trust[uncovered].mean() < 0.2
    assert trust[:, 76:].mean() > 0.95


def test_steady_paint_flickers_less_and_stays_sharp() -> None:
    told = report(made(pan(10, 1.5, SIZE))[-1].state.shots)
    assert told["warping_error"] <= 0.6 * told["warping_error_alone"]
    assert told["sharpness"] >= 0.75 * told["sharpness_alone"]
    assert told["mask_share"] > 0.8


def test_without_strength_each_frame_is_painted_alone() -> None:
    frames = pan(4, 1.5, SIZE)
    alone = noisy()
    expected = [alone(each) for each in frames]
    found = [each.picture for each in made(frames, temporal_strength=0.0)]
    assert all(map(np.array_equal, found, expected))
    assert held(0) == 0
    assert held(0.5) == 0.75
    assert held(1) == 1


def test_the_first_frame_of_a_shot_is_a_fresh_one() -> None:
    frames = pan(5, 1, SIZE) + pan(5, 1, SIZE, "still-life")
    alone = noisy()
    expected = [alone(each) for each in frames]
    found = made(frames)
    assert np.array_equal(found[5].picture, expected[5])
    assert not np.array_equal(found[6].picture, expected[6])
    assert [each.first for each in found[-1].state.shots] == [0, 5]


def test_a_fresh_frame_comes_every_so_often_if_asked() -> None:
    frames = pan(7, 1, SIZE)
    alone = noisy()
    expected = [alone(each) for each in frames]
    found = made(frames, keyframe_interval=3)
    fresh = [
        n for n, each in enumerate(found) if np.array_equal(each.picture, expected[n])
    ]
    assert fresh == [0, 3, 6]


def test_where_the_motion_is_lost_a_frame_is_painted_afresh() -> None:
    random = np.random.default_rng(0)
    frames = [random.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(3)]
    found = made(frames, cut_threshold=1.0)
    assert [each.share for each in found] == [0, 0, 0]


def test_a_still_scene_does_not_darken_or_move() -> None:
    frame = pan(1, 0, SIZE)[0]
    found = pictures([frame] * 40, Paint(lambda each: each))
    drift = np.abs(found[-1].picture.astype(float) - frame)
    assert drift.mean() < 1
    assert drift.max() <= 12


def test_who_goes_on_from_a_state_makes_the_same_pictures() -> None:
    frames = pan(10, 1, SIZE)
    paint = Paint(lambda pixels: 255 - pixels)
    whole = pictures(frames, paint)
    rest = pictures(frames[5:], paint, whole[5].state)
    assert len(rest) == 4
    for one, other in zip(rest, whole[6:], strict=True):
        assert np.array_equal(one.picture, other.picture)
    assert rest[-1].state.shots == whole[-1].state.shots


def test_a_painter_that_holds_is_told_where_paint_is() -> None:
    frames = pan(4, 8, SIZE)
    found = pictures(frames, Keeper())
    second = found[1].picture.astype(int)
    # What came into view has no paint yet; all else was in the frame before.
    assert second[:, -4:].mean() < 0.1 * frames[1][:, -4:].mean()
    assert np.abs(second - frames[1])[8:-8, 8:-20].mean() < 4
    told = report(found[-1].state.shots)
    assert told["warping_error_alone"] is None


def test_steps_of_a_frame_are_told_before_it() -> None:
    ticks = list(painted(iter(pan(3, 1, SIZE)), Keeper(), VideoOptions()))
    kinds = [type(each) for each in ticks]
    assert kinds == [PaintedFrame, Unfinished, PaintedFrame, Unfinished, PaintedFrame]


def test_nonsense_is_refused() -> None:
    for options in (
        {"temporal_strength": 1.5},
        {"flow": "farneback"},
        {"cut_threshold": -1},
        {"keyframe_interval": -1},
    ):
        with pytest.raises(ValueError, match=next(iter(options))):
            VideoOptions(**options)  # type: ignore[arg-type]
