"""Clips through the runner, with the real networks at a tiny size."""

import dataclasses
import hashlib
import io
import json
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.commands import Command, Verb
from app.contract.inputs import Input
from app.contract.kinds.video.kind import VIDEO, VIDEO_VERSION
from app.intake.videos import VideoRules, inspect_video
from app.intake.videos.inspection import KnownVideo
from tests.clips import clip, frames_of, pan, sound_of
from tests.stores.new_jobs import a_picture
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle
from worker.engine.video.painter import ALGORITHM
from worker.runners.control import Control, RunInterruptedError, StopReason
from worker.runners.runner import Order, RunFailedError, StateRefusedError
from worker.runners.video.repainting import FastFrames
from worker.runners.video.runner import VideoRunner
from worker.runners.video.tick import VideoTick
from worker.videofile.encoding import SEGMENT_FRAMES

#: More than a segment, with a cut.
FRAMES = pan(SEGMENT_FRAMES + 2, 0.7) + pan(4, 1, name="still-life")
CLIP = clip(FRAMES)


@pytest.fixture(scope="module")
def runner() -> VideoRunner:
    return VideoRunner(FastEngine.load(device="cpu"))


def painting() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(5).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


@cache
def inspected(content: bytes) -> KnownVideo:
    return inspect_video(io.BytesIO(content), field="content", rules=VideoRules())


def order(content: bytes = CLIP, **params: object) -> Order:
    known = inspected(content)
    inputs = {
        "content": Input(media_type=known.media_type, sha256="", facts=known.facts),
        "style/0": a_picture(),
    }
    files = {"content": content, "style/0": painting()}
    parsed = VIDEO.parse({"size": 64, **params}, inputs)
    return Order(job_id="job_1", params=parsed, inputs=inputs, read=files.__getitem__)


def ticks(
    runner: VideoRunner,
    asked: Order,
    control: Control | None = None,
    resume: bytes | None = None,
) -> Iterator[VideoTick]:
    return runner.run(asked, control or Control(), resume)


def test_key_frames_are_carried_and_gone_on_from(runner: VideoRunner) -> None:
    asked = order(propagate=True, keyframe_interval=8, end_seconds=0.7)
    made, states = [], []
    for tick in ticks(runner, asked):
        made.append(tick)
        states.append(None if tick.is_last else tick.state())
    assert [n for n, each in enumerate(states) if each is not None] == [0, 8, 16, 17]
    assert len(frames_of(file_of(made[-1]))) == 18
    *_, last = ticks(runner, asked, resume=states[8]())
    assert file_of(last) == file_of(made[-1])


@pytest.fixture(scope="module")
def whole(runner: VideoRunner) -> list[VideoTick]:
    return list(ticks(runner, order()))


def file_of(tick: VideoTick, name: str = RESULT) -> bytes:
    return tick.artifacts()[name].to_bytes()


def test_a_clip_has_as_many_frames_at_the_same_times(whole: list[VideoTick]) -> None:
    found, came = frames_of(file_of(whole[-1])), frames_of(CLIP)
    assert [time for time, _ in found] == [time for time, _ in came]
    assert found[0][1].shape == (42, 64, 3)
    updates = [tick.update for tick in whole]
    assert [each.step for each in updates[:-1]] == [*range(1, len(FRAMES) + 1)]
    assert {each.unit for each in updates} == {"frames"}
    assert (updates[-1].fraction, updates[-1].total_steps) == (1.0, len(FRAMES))
    assert updates[0].details["video"]["shot"] == 1
    assert updates[-1].details["video"]["shot"] == 2


def test_the_sound_is_the_same_bit_for_bit(whole: list[VideoTick]) -> None:
    digests = {
        hashlib.sha256(b"".join(sound_of(each))).hexdigest()
        for each in (CLIP, file_of(whole[-1]))
    }
    assert len(digests) == 1
    facts = whole[-1].artifacts()[RESULT].facts["video"]
    assert facts["audio"] == "copied"
    assert (facts["frames"], facts["codec"], facts["shots"]) == (30, "h264", 2)


def test_poster_and_numbers_come_along(whole: list[VideoTick]) -> None:
    assert {*whole[-1].artifacts()} == {RESULT, *VIDEO.files}
    poster = Image.open(io.BytesIO(file_of(whole[-1], "poster.jpg")))
    assert poster.size == (64, 42)
    numbers = json.loads(file_of(whole[-1], "metrics.json"))
    assert numbers["frames"] == 30
    assert [each["first_frame"] for each in numbers["shots"]] == [0, 26]
    assert numbers["warping_error"] < numbers["warping_error_alone"]
    judgement = numbers["judgement"]
    assert [each["first_frame"] for each in judgement["shots"]] == [0, 26]
    assert judgement["warping_error_10_ratio"] > 0
    assert judgement["quality"] is None
    drawing = file_of(whole[-1], "metrics.svg").decode()
    drawn = re.findall(r'<polyline [^>]* points="([^"]*)"', drawing)
    places = sum(len(each.split()) for each in drawn)
    assert places == 2 * judgement["frames_compared"]


@pytest.mark.parametrize("done", [1, 10, SEGMENT_FRAMES, 27, 30])
def test_who_goes_on_makes_the_same_bytes(
    runner: VideoRunner, whole: list[VideoTick], done: int
) -> None:
    state = whole[done - 1].state()()
    rest = list(ticks(runner, order(), resume=state))
    assert len(rest) == len(FRAMES) - done + 1
    for name in (RESULT, "poster.jpg", "metrics.json", "metrics.svg"):
        assert file_of(rest[-1], name) == file_of(whole[-1], name)


def test_a_strange_state_is_refused(
    runner: VideoRunner, whole: list[VideoTick]
) -> None:
    state = whole[3].state()()
    other = dataclasses.replace(order(), job_id="job_2")
    for asked, content in ((other, state), (order(), state[:-9]), (order(), b"x")):
        with pytest.raises(StateRefusedError):
            next(iter(ticks(runner, asked, resume=content)))


def test_an_early_end_gives_the_frames_so_far(runner: VideoRunner) -> None:
    control = Control()
    made = []
    for tick in ticks(runner, order(), control):
        made.append(tick)
        control.is_finishing = tick.update.step == 5
    assert made[-1].stopped_early
    content = file_of(made[-1])
    assert len(frames_of(content)) == 5
    assert 0 < len(sound_of(content)) < len(sound_of(CLIP))


def test_a_part_of_a_clip_is_painted_alone(runner: VideoRunner) -> None:
    *_, last = ticks(runner, order(start_seconds=0.2, end_seconds=0.4))
    found = frames_of(file_of(last))
    assert [time for time, _ in found] == [0, 40, 80, 120, 160]
    assert last.update.total_steps == 5


def test_a_cancel_is_heard_between_two_frames(runner: VideoRunner) -> None:
    control = Control()
    running = ticks(runner, order(), control)
    next(running)
    control.stop(StopReason.CANCELED)
    with pytest.raises(RunInterruptedError):
        next(running)


def test_strengths_and_colours_change_from_one_frame_to_the_next(
    runner: VideoRunner, whole: list[VideoTick]
) -> None:
    asked, control = order(end_seconds=0.4), Control()
    changes = {"style_strength": 0.0, "temporal_strength": 0.0, "color": "content"}
    made, states = [], []
    for tick in ticks(runner, asked, control):
        made.append(tick)
        if not tick.is_last:
            states.append(tick.state()())
        if len(made) == 4:
            control.deliver([Command(sequence=7, verb=Verb.CHANGE, values=changes)])
    for number, tick in enumerate(made[:4]):
        assert np.array_equal(tick.picture, whole[number].picture)
    for number, tick in enumerate(made[4:-1], 4):
        assert tick.share == 0
        # Without strength and with its own colours a frame is itself.
        frame = Image.fromarray(FRAMES[number]).resize((64, 42), Image.Resampling.BOX)
        assert np.abs(tick.picture.astype(int) - np.asarray(frame)).mean() < 8
    (applied,) = control.applied()
    assert (applied.revision, applied.at_step) == (7, 4)
    again = dataclasses.replace(asked, changes=(applied,))
    *_, last = ticks(runner, again, resume=states[1])
    assert file_of(last) == file_of(made[-1])
    schedule = [{"at_step": 4, **changes}]
    *_, sent = ticks(runner, order(end_seconds=0.4, changes=schedule))
    assert file_of(sent) == file_of(made[-1])


def test_a_preview_is_the_newest_picture(whole: list[VideoTick]) -> None:
    content, width, height = whole[7].preview()()
    assert (width, height) == (64, 42)
    assert np.asarray(Image.open(io.BytesIO(content))).std() > 0


def test_what_is_not_installed_is_told(runner: VideoRunner) -> None:
    free = VideoRunner(runner._fast, ("vp9",))
    *_, last = ticks(free, order(end_seconds=0.1))
    assert last.artifacts()[RESULT].media_type == "video/webm"
    with pytest.raises(RunFailedError, match="encodes vp9"):
        next(ticks(free, order(format="mp4")))


def test_the_runner_says_what_its_clips_depend_on(runner: VideoRunner) -> None:
    told = runner.reproducibility(order().params, order().inputs)
    assert told.algorithm.startswith(f"{ALGORITHM},impasto-fast@")
    assert ALGORITHM.endswith(f"@{VIDEO_VERSION}")
    assert told.weights_sha256.startswith("arbitrary:")


def test_a_style_with_a_network_of_its_own_is_painted_by_it(
    runner: VideoRunner,
) -> None:
    engine, frame = runner._fast, FRAMES[0]
    pack = engine.builtin(3)
    asked = order()
    picture = Image.open(io.BytesIO(painting())).convert("RGB")
    frames = FastFrames.of(engine, [picture], [pack], asked.params, lambda: None)
    by_hand = engine.stylize(
        Image.fromarray(frame), [FastStyle(pack=pack)], FastOptions(size_px=96)
    )
    assert np.array_equal(frames.ground(frame), np.asarray(by_hand))
