"""A cloud is painted from random views; a state goes on to the same bytes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from app.contract.kinds.pointcloud.camera_files import read_cameras
from tests.engine.conftest import small_network
from tests.engine.pointcloud.clouds import colored_ply, small_cloud, splat_ply
from worker.cloudfile.formats import read_cloud
from worker.engine import PaintingState, StateError
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.pointcloud.holes import filled
from worker.engine.pointcloud.job import CloudJob
from worker.engine.pointcloud.neighbours import Smoothness, with_hidden
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.painter import paint_cloud
from worker.engine.pointcloud.result import PaintedCloud
from worker.engine.pointcloud.step import CloudStep

OPTIONS = CloudOptions(views=4, view_px=48, steps=10, seed=3)


def painting() -> Image.Image:
    random = np.random.default_rng(0)
    stripes = (np.arange(64) // 4 % 2)[None, :, None] * np.array([200, 120, 20])
    noise = random.integers(0, 55, (64, 64, 3))
    return Image.fromarray((stripes + noise).astype(np.uint8))


def a_job(**changes: Any) -> CloudJob:
    job = CloudJob(
        cloud=small_cloud(),
        style_images=[painting()],
        style_weights=[1.0],
        options=OPTIONS,
        hyperparameters=HYPERPARAMETERS,
        check=lambda: None,
        changes=lambda step: {},
        is_finishing=lambda: False,
    )
    return replace(job, **changes)


def steps(**changes: Any) -> Iterator[CloudStep]:
    return paint_cloud(a_job(**changes), small_network())


def result(**changes: Any) -> PaintedCloud:
    *_, last = steps(**changes)
    assert last.is_last
    assert last.result is not None
    return last.result


def options(**changes: Any) -> CloudOptions:
    return replace(OPTIONS, **changes)


def test_a_cloud_is_painted_and_nothing_but_its_colours_changes() -> None:
    made = list(steps())
    assert [each.step for each in made] == [*range(1, 11)]
    assert made[-1].losses.style < made[0].losses.style
    assert {each.view for each in made[:4]} == {1, 2, 3, 4}, "each view has its turn"
    cloud = made[-1].result
    assert cloud is not None
    before, after = small_cloud(), read_cloud(cloud.content)
    assert np.array_equal(before.positions, after.positions)
    assert cloud.recolored > 0.9 * cloud.points
    assert [each.size for each in cloud.after] == [(48, 48)] * 4
    assert next(steps()).picture().size == (48, 48)


def test_a_state_goes_on_to_the_same_bytes() -> None:
    whole = result()
    kept = next(each.state() for each in steps() if each.step == 6)
    kept = PaintingState.from_bytes(kept.to_bytes())
    rest = list(steps(resume_from=kept))
    assert rest[0].step == 7
    assert rest[-1].result is not None
    assert rest[-1].result.content == whole.content
    for other in (a_job(options=options(seed=4)), a_job(style_weights=[2.0])):
        with pytest.raises(StateError):
            next(paint_cloud(replace(other, resume_from=kept), small_network()))


def test_other_steps_are_the_finest_scales_and_go_on_to_the_same_bytes() -> None:
    def changes(step: int) -> dict[str, float]:
        return {"steps": 13.0} if step == 6 else {}

    made = [(each, each.state().to_bytes()) for each in steps(changes=changes)]
    assert [each.total_steps for each, _ in made] == [10] * 5 + [13] * 8
    whole = made[-1][0].result
    kept = PaintingState.from_bytes(made[10][1])
    later = {"changes": lambda step: {"steps": 13.0} if step == 11 else {}}
    *_, last = steps(resume_from=kept, **later)
    assert whole is not None
    assert last.result is not None
    assert (last.step, last.result.content) == (13, whole.content)
    shorter = list(steps(changes=lambda step: {"steps": 5.0} if step == 4 else {}))
    assert (len(shorter), shorter[-1].stopped_early) == (5, False)
    late = list(steps(changes=lambda step: {"steps": 5.0} if step == 7 else {}))
    assert (late[-1].step, late[-1].is_last, late[-1].stopped_early) == (7, True, False)


def test_a_branch_of_a_finished_cloud_takes_further_steps_and_a_rest_none() -> None:
    large = {"views": 4, "view_px": 192, "seed": 3}
    told = steps(options=CloudOptions(**large, steps=4))
    ended, states = zip(
        *((each, each.state().to_bytes()) for each in told), strict=True
    )
    assert ended[-1].total_scales == 2
    kept = PaintingState.from_bytes(states[-1])
    further = list(steps(options=CloudOptions(**large, steps=7), resume_from=kept))
    assert [each.step for each in further] == [5, 6, 7]
    assert further[-1].scale == 2
    (rested,) = steps(options=CloudOptions(**large, steps=4), resume_from=kept)
    assert rested.result is not None
    assert ended[-1].result is not None
    assert (rested.step, rested.losses) == (4, None)
    assert rested.result.content == ended[-1].result.content
    half = PaintingState.from_bytes(states[1])
    (early,) = steps(
        options=CloudOptions(**large, steps=4),
        resume_from=half,
        is_finishing=lambda: True,
    )
    assert (early.step, early.stopped_early) == (2, True)


def test_cameras_that_were_sent_are_painted_from_and_make_another_job() -> None:
    told = '{"cameras": [{"position": [0.1, 0, 4], "look_at": [0, 0, 0]}]}'
    above = read_cameras(told.encode())
    made = list(steps(cameras=above))
    assert made[-1].total_views == 1
    changed = read_cloud(made[-1].result.content).colors - small_cloud().colors
    assert np.abs(changed).mean() > 0.02
    kept = PaintingState.from_bytes(made[-1].state().to_bytes())
    with pytest.raises(StateError):
        next(steps(resume_from=kept))


def test_nothing_changes_without_style() -> None:
    made = result(options=options(style_strength=0.0))
    assert made.content == colored_ply()
    assert made.recolored == 0


def test_the_clouds_own_hues_stay_with_color_content() -> None:
    made = read_cloud(result(options=options(color="content")).content)
    before = small_cloud().colors
    light = np.array([0.299, 0.587, 0.114])
    assert np.abs(made.colors @ light - before @ light).mean() > 0.02
    # Chroma as far as the new lightness leaves room for it.
    old, new = (
        before - (before @ light)[:, None],
        made.colors - (made.colors @ light)[:, None],
    )
    cross = np.abs(np.cross(old, new)).sum(axis=1)
    assert np.quantile(cross, 0.9) < 0.02


def test_a_change_holds_from_its_step_and_an_early_end_keeps_the_colours() -> None:
    asked = {4: {"style_strength": 0.9}}
    changed = result(changes=lambda step: asked.get(step, {}))
    assert changed.content != result().content
    count = iter(range(100))
    *_, last = steps(is_finishing=lambda: next(count) >= 2)
    assert (last.step, last.stopped_early, last.is_last) == (3, True, True)
    assert last.result is not None


def test_an_interruption_ends_it_within_a_step() -> None:
    class StopError(Exception):
        pass

    calls = iter(range(1000))

    def check() -> None:
        if next(calls) == 40:
            raise StopError

    with pytest.raises(StopError):
        list(steps(check=check))


@pytest.mark.parametrize("harmonics", ["scale", "keep", "drop"])
def test_splats_are_painted(harmonics: str) -> None:
    content = splat_ply(200)
    made = result(
        cloud=read_cloud(content), options=options(harmonics=harmonics, steps=4)
    )
    before, after = read_cloud(content), read_cloud(made.content)
    assert made.gaussians
    assert np.array_equal(before.positions, after.positions)
    assert before.gaussians is not None
    assert after.gaussians is not None
    assert np.array_equal(before.gaussians.scales, after.gaussians.scales)
    same = np.array_equal(before.gaussians.harmonics, after.gaussians.harmonics)
    assert same == (harmonics == "keep")
    assert after.gaussians.harmonics.any() == (harmonics != "drop")


def test_hidden_points_take_the_colour_of_the_nearest_seen_one() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0.9, 0, 0]], np.float32)
    colors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    found = with_hidden(colors, points, np.array([5, 2, 0], np.float32))
    assert found.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


def test_the_slope_of_smoothness_is_that_of_its_energy() -> None:
    random = np.random.default_rng(0)
    points = random.uniform(size=(30, 3)).astype(np.float32)
    colors = random.uniform(size=(30, 3)).astype(np.float32)
    smoothness = Smoothness(points)
    energy, slope = smoothness.loss_and_gradient(colors)
    assert smoothness.loss_and_gradient(np.full_like(colors, 0.3))[0] < 1e-6
    step = random.normal(size=colors.shape).astype(np.float32) * 1e-2
    ahead, behind = (
        smoothness.loss_and_gradient(colors + sign * step)[0] for sign in (1, -1)
    )
    assert (ahead - behind) / 2 == pytest.approx(float((slope * step).sum()), rel=1e-2)
    assert energy > 0


def test_holes_take_the_colours_around_them() -> None:
    cover = torch.ones(1, 1, 16, 16)
    cover[..., 5:9, 6:10] = 0
    color = torch.tensor([0.2, 0.6, 0.9]).view(1, 3, 1, 1)
    found = filled(color * cover, cover)
    assert torch.allclose(found, color.expand_as(found), atol=1e-5)
