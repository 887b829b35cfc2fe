"""The runner of clouds: the user's words are the engine's, a state goes on."""

import io
import json
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from app.contract.changes import AppliedChange
from app.contract.commands import Command, Verb
from app.contract.inputs import Input
from app.contract.kinds.pointcloud.kind import CLOUD_VERSION, POINTCLOUD, SHOWN_VIEWS
from tests.engine.conftest import new_small_engine
from tests.engine.pointcloud.clouds import colored_ply, splat_ply
from tests.stores.new_jobs import a_picture
from worker.cloudfile.formats import read_cloud
from worker.engine.pointcloud import job, result
from worker.engine.pointcloud.options import CloudOptions
from worker.runners.control import Control
from worker.runners.pointcloud.runner import CloudRunner, options_of
from worker.runners.pointcloud.tick import CloudTick
from worker.runners.pointcloud.turntable import Turntables
from worker.runners.runner import Order, RunFailedError, StateRefusedError

CLOUD = colored_ply(600)
SMALL = {"views": 4, "view_size": 128, "steps": 3, "seed": 2}


def style() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 80).convert("RGB").save(file, "PNG")
    return file.getvalue()


STYLE = style()


def order(
    content: bytes = CLOUD, *, gaussians: bool = False, **params: Any
) -> Order[Any]:
    facts = {"points": 600, "gaussians": gaussians}
    cloud = Input(media_type="model/x-ply", sha256="ab" * 32, facts=facts)
    inputs = {"content": cloud, "style/0": a_picture()}
    read = {"content": content, "style/0": STYLE}.__getitem__
    parsed = POINTCLOUD.parse({**SMALL, **params}, inputs)
    return Order(job_id="job_1", params=parsed, inputs=inputs, read=read)


@pytest.fixture(scope="module")
def runner() -> CloudRunner:
    return CloudRunner(None, new_small_engine())


def run(runner: CloudRunner, **kwargs: Any) -> Iterator[CloudTick]:
    control = kwargs.pop("control", Control())
    resume = kwargs.pop("resume", None)
    return runner.run(order(**kwargs), control, resume)


def test_defaults_and_numbers_are_the_same_on_both_sides() -> None:
    parsed = order(steps=CloudOptions().steps, view_size=384, views=16, seed=0).params
    grey = 128 / 255
    assert options_of(parsed) == CloudOptions(background=(grey, grey, grey))
    assert f"impasto-pointcloud@{CLOUD_VERSION}" == job.ALGORITHM
    assert result.SHOWN_VIEWS == SHOWN_VIEWS
    assert set(job.CHANGEABLE) == POINTCLOUD.changeable(parsed)


def test_a_job_ends_with_its_files(runner: CloudRunner) -> None:
    ticks = list(run(runner))
    assert [each.update.step for each in ticks] == [1, 2, 3]
    assert set(ticks[0].update.metrics) == set(POINTCLOUD.metrics)
    assert ticks[0].artifacts() == {}
    made = ticks[-1].artifacts()
    others = {"turntable.webm", "turntable.gif"}
    assert set(made) == {"result", *POINTCLOUD.files} - others
    assert made["result"].facts["pointcloud"]["points"] == 600
    assert made["result"].media_type == "model/x-ply"
    assert len(made["result"].to_bytes()) == len(CLOUD)
    assert len(made["points.bin"].to_bytes().split(b"\n", 1)[1]) == 15 * 600
    assert made["view-01.png"].to_bytes()[:4] == b"\x89PNG"
    numbers = json.loads(made["metrics.json"].to_bytes())
    assert 0 < numbers["style_error_after"] < 2 * numbers["style_error_before"]
    assert numbers["changed"] == made["result"].facts["pointcloud"]["recolored"] / 600


def test_divided_splats_are_told(runner: CloudRunner) -> None:
    content = splat_ply(600)
    asked = order(content, gaussians=True, split=1, steps=1)
    *_, last = runner.run(asked, Control(), None)
    result = last.artifacts()["result"]
    told = result.facts["pointcloud"]
    assert told["added"] > 100
    assert told["points"] == 600 + told["added"] == len(read_cloud(result.to_bytes()))


def around(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (66, 66), (40 + 8 * n, 90, 60)) for n in range(count)]


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_a_turntable_is_a_clip_that_plays(codec: str) -> None:
    ((name, file),) = Turntables((codec,)).files(around(12)).items()
    assert POINTCLOUD.files.count(name) == 1
    content = file.to_bytes()
    assert content == file.to_bytes()
    with av.open(io.BytesIO(content)) as clip:
        frames = [each.to_ndarray(format="rgb24") for each in clip.decode(video=0)]
        assert clip.streams.video[0].codec_context.name == codec
        assert clip.streams.video[0].average_rate == 10
    assert len(frames) == 12
    for number, pixels in enumerate(frames):
        assert np.allclose(pixels.mean(axis=(0, 1)), (40 + 8 * number, 90, 60), atol=4)


def test_a_turntable_is_a_gif_where_no_codec_is_allowed() -> None:
    assert Turntables().files([]) == {}
    ((name, file),) = Turntables(()).files(around(12)).items()
    turning = Image.open(io.BytesIO(file.to_bytes()))
    assert (name, turning.size, turning.n_frames) == ("turntable.gif", (66, 66), 12)


def test_a_preview_and_a_state_outlive_their_tick(runner: CloudRunner) -> None:
    *_, last = run(runner)
    whole = last.artifacts()["result"].to_bytes()
    ticks = run(runner)
    first = next(ticks)
    preview, state = first.preview(), first.state()
    next(ticks)
    ticks.close()
    assert preview().content[:2] == b"\xff\xd8"
    *_, last = run(runner, resume=state())
    assert last.artifacts()["result"].to_bytes() == whole
    with pytest.raises(StateRefusedError):
        next(run(runner, resume=state(), style_scale=2.0))
    with pytest.raises(StateRefusedError):
        next(run(runner, resume=b"no state"))


def test_a_change_is_applied_told_and_repeated(runner: CloudRunner) -> None:
    control = Control()
    values = {"style_strength": 0.9}
    ticks = run(runner, control=control)
    next(ticks)
    control.deliver([Command(sequence=4, verb=Verb.CHANGE, values=values)])
    *_, last = ticks
    (told,) = control.applied()
    assert told == AppliedChange(revision=4, at_step=1, values=values)
    again = Order(**{**vars(order()), "changes": (told,)})
    *_, repeated = runner.run(again, Control(), None)
    changed = last.artifacts()["result"].to_bytes()
    assert repeated.artifacts()["result"].to_bytes() == changed
    *_, sent = run(runner, changes=[{"at_step": told.at_step, **told.values}])
    assert sent.artifacts()["result"].to_bytes() == changed
    *_, plain = run(runner)
    assert plain.artifacts()["result"].to_bytes() != changed


def test_a_branch_is_had_again_without_its_state(runner: CloudRunner) -> None:
    states = [tick.state()() for tick in run(runner)]
    values = {"smoothness": 1.0}
    branch = POINTCLOUD.branched(order().params, 3, values, 2)
    asked = Order(**{**vars(order()), "params": branch})
    *_, last = runner.run(asked, Control(), states[-1])
    *_, again = runner.run(asked, Control(), None)
    assert last.update.step == again.update.step == 5
    result = last.artifacts()["result"].to_bytes()
    assert again.artifacts()["result"].to_bytes() == result


def test_what_cannot_be_read_ends_the_job_with_its_line(runner: CloudRunner) -> None:
    with pytest.raises(RunFailedError, match="the file ends") as failure:
        next(run(runner, content=CLOUD[:-5]))
    assert failure.value.code == "decoder_failed"
