"""The resident engine: sparse steps, any stop, nothing left, the same bytes again."""

import gc
import itertools
import math
import threading
import time
from typing import Any

import pytest
import torch
from PIL import Image

from tests.engine.conftest import SMALL, Stop, StoppedError, hills, paint_with, strokes
from worker.engine import (
    Network,
    NumericalDivergenceError,
    OutOfMemoryError,
    Precision,
    Preset,
    Step,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.features.extractor import InterruptionCheck
from worker.engine.features.networks import NetworkCache
from worker.engine.features.weights import VggWeights
from worker.engine.losses.distances import StyleTarget
from worker.engine.losses.statistics import Moments
from worker.engine.machine.device import Compute
from worker.engine.painting.optimizers import ProjectedAdam
from worker.engine.painting.style_cache import StyleCache, StyleTargets

FEW = StylizeOptions(size_px=192, steps=9, preset=Preset.STANDARD)


def job_tensors() -> list[torch.Tensor]:
    """Every tensor that Python can reach, old garbage collected first."""
    gc.collect()
    # isinstance() would ask objects that warn when they are looked at.
    return [each for each in gc.get_objects() if issubclass(type(each), torch.Tensor)]


def test_the_result_has_the_contents_aspect_and_the_exact_size(
    small_engine: StyleEngine,
) -> None:
    options = StylizeOptions(size_px=101, steps=2)
    picture, _ = paint_with(small_engine, options, content_image=hills(96, 64))
    assert (picture.size, picture.mode) == ((101, 67), "RGB")
    upright, _ = paint_with(small_engine, options, content_image=hills(64, 96))
    assert upright.size == (67, 101)


def test_steps_tell_where_the_work_is(small_engine: StyleEngine) -> None:
    _, steps = paint_with(small_engine, FEW, report_interval_s=0)
    assert [each.step for each in steps] == list(range(1, 10))
    assert {each.total_steps for each in steps} == {9}
    assert [each.is_last for each in steps] == [False] * 8 + [True]
    assert [each.scale for each in steps] == sorted(each.scale for each in steps)
    assert steps[-1].scale == steps[-1].total_scales == 2
    assert (steps[-1].width_px, steps[-1].height_px) == (192, 128)
    fractions = [each.fraction for each in steps]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1.0
    # A step at full size is more work than one at half the pixels.
    assert fractions[-1] - fractions[-2] > 1.5 * fractions[0]
    elapsed_s = [each.elapsed_s for each in steps]
    assert elapsed_s == sorted(elapsed_s)
    for each in steps:
        parts = each.losses.content + each.losses.style + each.losses.total_variation
        assert each.losses.total == pytest.approx(parts)
        assert each.losses.style > 0


def test_sparse_reports_still_have_both_ends_of_each_scale(
    small_engine: StyleEngine,
) -> None:
    _, every = paint_with(small_engine, FEW, report_interval_s=0)
    _, sparse = paint_with(small_engine, FEW, report_interval_s=1e9)
    ends = []
    for _, of_scale in itertools.groupby(every, key=lambda step: step.scale):
        numbers = [each.step for each in of_scale]
        ends += [numbers[0], numbers[-1]]
    assert [each.step for each in sparse] == ends


def test_losses_fall(small_engine: StyleEngine) -> None:
    options = StylizeOptions(size_px=96, steps=40)
    _, steps = paint_with(small_engine, options, report_interval_s=0)
    assert steps[-1].losses.total < 0.7 * steps[0].losses.total


def test_equal_inputs_give_equal_bytes_however_often_it_reports(
    small_engine: StyleEngine,
) -> None:
    first, _ = paint_with(small_engine, FEW, report_interval_s=0)
    second, _ = paint_with(small_engine, FEW, report_interval_s=1e9)
    assert first.tobytes() == second.tobytes()


def test_looking_at_previews_changes_nothing(small_engine: StyleEngine) -> None:
    undisturbed, _ = paint_with(small_engine, FEW)
    for step in small_engine.stylize(hills(), strokes(), FEW, report_interval_s=0):
        picture = step.picture()
        assert picture.size == (step.width_px, step.height_px)
    assert picture.tobytes() == undisturbed.tobytes()


def test_another_seed_gives_another_picture(small_engine: StyleEngine) -> None:
    pictures = [
        paint_with(small_engine, StylizeOptions(size_px=96, steps=3, seed=seed))[0]
        for seed in (0, 1)
    ]
    assert pictures[0].tobytes() != pictures[1].tobytes()


def test_nothing_of_one_job_shows_in_the_next(small_engine: StyleEngine) -> None:
    first, _ = paint_with(small_engine, FEW)
    other = StylizeOptions(size_px=128, steps=5, seed=7, style_loss=StyleLoss.GRAM)
    paint_with(small_engine, other, content_image=strokes(), style_image=hills())
    again, _ = paint_with(small_engine, FEW)
    assert first.tobytes() == again.tobytes()


def test_remembered_style_statistics_do_not_change_the_picture(
    small_engine: StyleEngine,
) -> None:
    small_engine._style_cache._entries.clear()
    style_image = strokes(200, 200)
    computed, _ = paint_with(small_engine, FEW, style_image=style_image)
    assert len(small_engine._style_cache) == 2  # one a scale
    remembered, _ = paint_with(small_engine, FEW, style_image=style_image)
    assert len(small_engine._style_cache) == 2
    assert computed.tobytes() == remembered.tobytes()


def test_a_style_is_not_taken_for_another_of_its_size(
    small_engine: StyleEngine,
) -> None:
    paint_with(small_engine, FEW, style_image=strokes(80, 80))
    after_another, _ = paint_with(small_engine, FEW, style_image=hills(80, 80))
    small_engine._style_cache._entries.clear()
    alone, _ = paint_with(small_engine, FEW, style_image=hills(80, 80))
    assert after_another.tobytes() == alone.tobytes()


def test_remembered_styles_are_bounded() -> None:
    def entry(value: float) -> StyleTargets:
        moments = Moments(torch.full((1, 9), float(value)), torch.zeros(1, 9, 9))
        return {"relu1_1": StyleTarget(moments)}

    one_bytes = (9 + 81) * 4
    cache = StyleCache(capacity_bytes=3 * one_bytes)
    for key in (1, 2, 3, 1, 4):
        found = cache.get(key, lambda key=key: entry(key))
        assert float(found["relu1_1"].moments.mean[0, 0]) == key
    assert cache.size_bytes == 3 * one_bytes
    computed: list[int] = []

    def compute(key: int) -> StyleTargets:
        computed.append(key)
        return entry(key)

    for key in (1, 3, 2):  # 2 was used longest ago
        cache.get(key, lambda key=key: compute(key))
    assert computed == [2]


@pytest.mark.parametrize("ending", ["finished", "closed", "dropped", "interrupted"])
def test_no_tensor_outlives_its_job(small_engine: StyleEngine, ending: str) -> None:
    paint_with(small_engine, FEW)  # the style's statistics are remembered from here
    before = len(job_tensors())
    stop = Stop()
    steps = small_engine.stylize(
        hills(), strokes(), FEW, check=stop, report_interval_s=0
    )
    kept: list[Step | BaseException] = [next(steps)]
    assert len(job_tensors()) > before
    if ending == "finished":
        kept += steps
    elif ending == "closed":
        steps.close()  # type: ignore[attr-defined]  # it is a generator
    elif ending == "dropped":
        del steps
    else:
        stop.is_told = True
        with pytest.raises(StoppedError) as interruption:
            next(steps)
        kept.append(interruption.value)
    assert len(job_tensors()) == before


def test_a_picture_can_be_had_only_while_its_step_lasts(
    small_engine: StyleEngine,
) -> None:
    steps = small_engine.stylize(hills(), strokes(), FEW, report_interval_s=0)
    first, second = next(steps), next(steps)
    second.picture()
    with pytest.raises(RuntimeError, match="this step has passed"):
        first.picture()
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    with pytest.raises(RuntimeError, match="this step has passed"):
        second.picture()


def test_a_stop_is_heard_within_a_step(small_engine: StyleEngine) -> None:
    stop = Stop()
    steps = small_engine.stylize(
        hills(), strokes(), FEW, check=stop, report_interval_s=0
    )
    next(steps)
    stop.is_told = True
    with pytest.raises(StoppedError):
        next(steps)
    with pytest.raises(StopIteration):
        next(steps)


def test_a_stop_is_heard_while_weights_are_fetched() -> None:
    fetched: list[Network] = []

    def fetch(name: Network, check: InterruptionCheck) -> VggWeights:
        check()
        fetched.append(name)
        return SMALL

    cpu, stop = torch.device("cpu"), Stop()
    engine = StyleEngine(NetworkCache(fetch, cpu), Compute(cpu, Precision.FLOAT32))
    stop.is_told = True
    with pytest.raises(StoppedError):
        engine.stylize(hills(), strokes(), FEW, check=stop)
    assert fetched == []
    stop.is_told = False
    next(engine.stylize(hills(), strokes(), FEW, check=stop))
    assert fetched == [Network.VGG19]


@pytest.mark.vgg_weights
def test_a_stop_is_heard_between_the_layers_of_a_long_step(
    real_engine: StyleEngine,
) -> None:
    options = StylizeOptions(size_px=1024, steps=1)
    stop = Stop()
    # Of computing, with one thread: what else runs on the machine does not count.
    started_s, stopped_s = time.monotonic(), 0.0
    stopped_cpu_s = 0.0

    def soon() -> None:
        nonlocal stopped_s, stopped_cpu_s
        stopped_s, stopped_cpu_s = time.monotonic(), time.process_time()
        stop.is_told = True

    threading.Timer(0.7, soon).start()
    with pytest.raises(StoppedError):
        list(real_engine.stylize(hills(), strokes(), options, check=stop))
    assert time.process_time() - stopped_cpu_s < 1.0
    assert stopped_s - started_s > 0.5


@pytest.mark.parametrize("loss", list(StyleLoss))
@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_give_finite_pictures(
    small_engine: StyleEngine, loss: StyleLoss, level: int
) -> None:
    flat = Image.new("RGB", (48, 40), (level, level, level))
    options = StylizeOptions(size_px=64, steps=4, style_loss=loss)
    for content_image, style_image in (
        (flat, strokes()),
        (hills(), flat),
        (flat, flat),
    ):
        _, steps = paint_with(
            small_engine, options, content_image=content_image, style_image=style_image
        )
        assert math.isfinite(steps[-1].losses.total)


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (400, 50), (50, 400)])
def test_odd_and_small_pictures_pass_at_any_size(
    small_engine: StyleEngine, size: tuple[int, int]
) -> None:
    for size_px in (64, 131):
        options = StylizeOptions(size_px=size_px, steps=3)
        picture, _ = paint_with(
            small_engine,
            options,
            content_image=hills(*size),
            style_image=strokes(*reversed(size)),
        )
        assert max(picture.size) == size_px


def test_too_small_pictures_are_refused_before_anything_is_computed(
    small_engine: StyleEngine,
) -> None:
    with pytest.raises(ValueError, match="31 x 64 px, must be at least 32"):
        small_engine.stylize(hills(31, 64), strokes(), FEW)
    with pytest.raises(ValueError, match="the style image"):
        small_engine.stylize(hills(), strokes(64, 31), FEW)


@pytest.mark.parametrize("content_strength", [0, 0.5, 1])
def test_without_style_the_content_comes_back(
    small_engine: StyleEngine, content_strength: float
) -> None:
    content_image = hills(96, 64)
    options = StylizeOptions(
        size_px=96, style_strength=0, content_strength=content_strength
    )
    picture, _ = paint_with(small_engine, options, content_image=content_image)
    assert picture.tobytes() == content_image.tobytes()


def test_each_strength_pulls_its_way(small_engine: StyleEngine) -> None:
    def losses(style_strength: float, content_strength: float) -> tuple[float, float]:
        """Unweighted content and style loss at the end."""
        options = StylizeOptions(
            size_px=96,
            steps=40,
            style_strength=style_strength,
            content_strength=content_strength,
        )
        _, steps = paint_with(small_engine, options)
        found = steps[-1].losses
        weights = (8 * content_strength**3, 8 * style_strength**3)
        return found.content / weights[0], found.style / weights[1]

    content, style = losses(0.5, 0.5)
    content_of_more_style, style_of_more_style = losses(0.8, 0.5)
    content_of_more_content, style_of_more_content = losses(0.5, 0.8)
    assert style_of_more_style < style < style_of_more_content
    assert content_of_more_content < content < content_of_more_style


def test_infinite_losses_are_a_divergence(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exploded(image: torch.Tensor) -> torch.Tensor:
        return image.sum()[None] * math.inf

    monkeypatch.setattr("worker.engine.losses.objective.total_variation", exploded)
    with pytest.raises(NumericalDivergenceError, match="losses at step 1"):
        list(small_engine.stylize(hills(), strokes(), FEW))


def test_a_last_move_into_nowhere_is_a_divergence(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = ProjectedAdam.step

    def astray(optimizer: ProjectedAdam, image: torch.Tensor, *rest: Any) -> None:
        image.fill_(math.nan)
        step(optimizer, image, *rest)

    monkeypatch.setattr(ProjectedAdam, "step", astray)
    with pytest.raises(NumericalDivergenceError, match="not finite after step 1"):
        list(
            small_engine.stylize(
                hills(), strokes(), StylizeOptions(size_px=64, steps=1)
            )
        )


@pytest.mark.parametrize(
    "failure",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"),
    ],
)
def test_every_way_to_be_out_of_memory_is_one_error_without_tensors(
    small_engine: StyleEngine, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_with(small_engine, FEW)
    before = len(job_tensors())

    def full(*_: object) -> None:
        raise failure

    monkeypatch.setattr(ProjectedAdam, "step", full)
    with pytest.raises(OutOfMemoryError, match="smaller size") as kept:
        list(small_engine.stylize(hills(), strokes(), FEW))
    assert kept.value.__cause__ is None
    assert len(job_tensors()) == before


def test_a_real_allocation_failure_is_out_of_memory(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object) -> None:
        torch.empty(2**60)

    monkeypatch.setattr(ProjectedAdam, "step", greedy)
    with pytest.raises(OutOfMemoryError):
        list(small_engine.stylize(hills(), strokes(), FEW))


def test_other_errors_stay_what_they_are(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(ProjectedAdam, "step", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        list(small_engine.stylize(hills(), strokes(), FEW))


def test_it_measures_its_memory(small_engine: StyleEngine) -> None:
    paint_with(small_engine, FEW)
    peak_bytes = small_engine.peak_memory_bytes()
    assert peak_bytes is not None
    assert peak_bytes > 50 * 2**20


def test_the_style_loss_means_the_same_at_every_size(
    small_engine: StyleEngine,
) -> None:
    losses = []
    for size_px in (96, 192, 384):
        options = StylizeOptions(size_px=size_px, steps=1)
        _, steps = paint_with(
            small_engine,
            options,
            content_image=hills(768, 512),
            style_image=strokes(640, 640),
        )
        losses.append(steps[-1].losses.style)
    assert max(losses) < 2.5 * min(losses)
