"""Clips that are optimized frame by frame, with a small network at a tiny size."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.commands import Command, Verb
from tests.clips import Pixels, clip, frames_of, pan
from tests.engine.conftest import new_small_engine
from tests.worker.runners.test_video import file_of, order, ticks
from worker.engine.feedforward import FastEngine
from worker.engine.video.steadiness import Expected
from worker.runners.control import Control
from worker.runners.runner import UnableError
from worker.runners.video import optimizing
from worker.runners.video.runner import VideoRunner
from worker.runners.video.state import from_bytes, to_bytes
from worker.runners.video.tick import AnyTick, UnfinishedTick, VideoTick

CLIP = clip(pan(3, 1))
ASKED = order(CLIP, engine="optimize", first_steps=3, frame_steps=2, seed=1)


@pytest.fixture(scope="module", autouse=True)
def _each_step_is_told() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimizing, "_REPORT_INTERVAL_S", 0.0)
        yield


@pytest.fixture(scope="module")
def runner() -> VideoRunner:
    optimizing = new_small_engine()
    return VideoRunner(FastEngine.load(device="cpu"), optimizing=optimizing)


@pytest.fixture(scope="module")
def whole(runner: VideoRunner) -> list[AnyTick]:
    return list(ticks(runner, ASKED))


@pytest.fixture(scope="module")
def states(runner: VideoRunner) -> list[bytes]:
    """Of each tick but the last, while it can be read."""
    run = ticks(runner, ASKED)
    return [tick.state()() for tick in run if not tick.is_last]


def test_frames_are_counted_and_their_steps_told(whole: list[AnyTick]) -> None:
    updates = [tick.update for tick in whole]
    fractions = [each.fraction for each in updates]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    frames = [each.update.step for each in whole if isinstance(each, VideoTick)]
    assert frames[:-1] == [1, 2, 3]
    told = [each.update for each in whole if isinstance(each, UnfinishedTick)]
    # The last step of a frame is the frame.
    steps = [(each.step, each.details["video"]["frame_step"]) for each in told]
    assert steps == [(0, 1), (0, 2), (1, 1), (2, 1)]
    assert len(frames_of(file_of(whole[-1]))) == 3
    numbers = json.loads(file_of(whole[-1], "metrics.json"))
    assert numbers["frames"] == 3
    assert numbers["warping_error_alone"] is None
    assert numbers["judgement"]["quality"]["style_error_shallow"] > 0
    assert numbers["judgement"]["quality_frames"] == [1]


@pytest.mark.parametrize("number", [1, 3])
def test_who_goes_on_within_a_frame_makes_the_same_bytes(
    runner: VideoRunner, whole: list[AnyTick], states: list[bytes], number: int
) -> None:
    *_, last = ticks(runner, ASKED, resume=states[number])
    assert file_of(last) == file_of(whole[-1])
    assert file_of(last, "metrics.json") == file_of(whole[-1], "metrics.json")


def test_what_is_asked_within_a_frame_holds_from_the_next_on(
    runner: VideoRunner, states: list[bytes]
) -> None:
    control, values = Control(), {"style_strength": 0.9}
    control.deliver([Command(sequence=1, verb=Verb.CHANGE, values=values)])
    *_, changed = ticks(runner, ASKED, control, resume=states[0])
    (applied,) = control.applied()
    assert applied.at_step == 1, "the first frame goes on as it was begun"
    schedule = [{"at_step": 1, **values}]
    params = {**ASKED.params.model_dump(mode="json"), "changes": schedule}
    *_, again = ticks(runner, order(CLIP, **params))
    assert file_of(again) == file_of(changed)


def test_a_frame_whose_state_is_another_engines_begins_anew(
    runner: VideoRunner, whole: list[AnyTick], states: list[bytes]
) -> None:
    before = from_bytes(states[3], "job_1")
    assert before.clip is not None
    assert before.unfinished is not None
    damaged = to_bytes("job_1", before.clip, before.unfinished[:-8] + b"damaged!")
    *_, last = ticks(runner, ASKED, resume=damaged)
    assert file_of(last) == file_of(whole[-1])


def test_an_early_end_within_the_first_frame_gives_one_frame(
    runner: VideoRunner,
) -> None:
    control, made = Control(), []
    for tick in ticks(runner, ASKED, control):
        made.append(tick)
        control.is_finishing = True
    assert made[-1].stopped_early
    assert len(frames_of(file_of(made[-1]))) == 1
    assert len(made) < 4


def test_a_resting_clip_that_is_finished_takes_no_further_step(
    runner: VideoRunner, states: list[bytes]
) -> None:
    control = Control()
    control.is_finishing = True
    (last,) = ticks(runner, ASKED, control, resume=states[-1])
    assert last.is_last
    assert not last.stopped_early
    assert last.artifacts()[RESULT].facts["video"]["frames"] == 3


class FakeEngine:
    """Keeps what it was asked for; paints nothing."""

    def stylize(self, *_: object, **asked: Any) -> Iterator[SimpleNamespace]:
        self.asked = asked
        picture = Image.new("RGB", (64, 42))
        yield SimpleNamespace(is_last=True, picture=lambda: picture)


def test_a_frame_starts_from_the_paint_it_is_held_to(runner: VideoRunner) -> None:
    engine, frame = FakeEngine(), pan(1)[0]
    params = ASKED.params.model_copy(update={"temporal_strength": 1.0})
    painting = Image.effect_noise((64, 64), 80).convert("RGB")
    frames = optimizing.OptimizedFrames(
        engine, runner._fast, [painting], [None], params, Control()
    )
    paint = Expected(np.full_like(frame, 7), np.ones(frame.shape[:2], np.float32))
    grounds: list[Pixels] = []

    def wanted(ground: Pixels) -> Expected:
        grounds.append(ground)
        return paint

    with pytest.raises(StopIteration):
        next(frames.paint(frame, wanted))
    start, held = engine.asked["start_image"], engine.asked["held"]
    assert np.array_equal(np.asarray(start), paint.picture)
    assert np.array_equal(np.asarray(held.image), paint.picture)
    assert np.asarray(held.shares).min() == 255
    assert held.weight == 8 * optimizing._TEMPORAL_WEIGHT
    # What comes into view is not the photograph.
    assert np.abs(grounds[0].astype(int) - frame).mean() > 5


def test_a_preview_of_an_unfinished_frame_is_seen(runner: VideoRunner) -> None:
    running = ticks(runner, ASKED)
    tick = next(running)
    assert isinstance(tick, UnfinishedTick)
    assert tick.preview()()[1:] == (64, 42)


def test_without_the_network_another_worker_is_asked_for(runner: VideoRunner) -> None:
    with pytest.raises(UnableError, match="optimize"):
        next(iter(ticks(VideoRunner(runner._fast), ASKED)))


def test_the_clip_depends_on_both_networks(runner: VideoRunner) -> None:
    told = runner.reproducibility(ASKED.params, ASKED.inputs)
    assert "impasto-wasserstein@" in told.algorithm
    assert told.weights_sha256.count(",") == 1
