"""Every choice does what its words say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

from tests.engine.conftest import (
    SMALL,
    distance,
    hills,
    paint_with,
    small_tensors,
    strokes,
)
from worker.engine import (
    LearningRateSchedule,
    Network,
    OptimizerName,
    Pooling,
    Precision,
    Start,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.networks import NetworkCache
from worker.engine.features.weights import VggNetwork, VggWeights
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.machine.device import Compute
from worker.engine.painting.gradients import clipped
from worker.engine.painting.job import rate_factor
from worker.engine.painting.scales import plan

PLAIN = StylizeOptions(size_px=64, steps=8)


def nothing() -> None:
    """An interruption check that never stops."""


@torch.no_grad()
def test_average_pooling_is_twice_the_mean_of_what_is_there() -> None:
    network = Vgg(SMALL, pooling=Pooling.AVERAGE, activation_scale=1.0)
    maps = dict(
        network.feature_maps(torch.rand(1, 3, 7, 5), ["relu1_2", "pool1"], nothing)
    )
    before, after = maps["relu1_2"], maps["pool1"]
    assert after.shape[2:] == (4, 3)
    for row in range(4):
        for column in range(3):
            block = before[
                ..., 2 * row : 2 * row + 2, 2 * column : 2 * column + 2
            ].mean(dim=(2, 3))
            assert torch.allclose(after[..., row, column], 2 * block)


@torch.no_grad()
def test_max_pooling_is_the_largest_of_what_is_there() -> None:
    network = Vgg(SMALL, activation_scale=1.0)
    maps = dict(
        network.feature_maps(torch.rand(1, 3, 7, 5), ["relu1_2", "pool1"], nothing)
    )
    wanted = F.max_pool2d(F.pad(maps["relu1_2"], (0, 1, 0, 1)), 2)
    assert torch.equal(maps["pool1"], wanted)


@pytest.mark.parametrize(
    "change",
    [
        {"pooling": "average"},
        {"style_layers": {"relu1_1": 1.0}},
        {"style_layers": {"relu4_1": 1.0}},
        {"content_layers": {"relu1_1": 1.0}},
        {"content_layers": {"relu2_1": 1.0, "relu5_4": 2.0}},
        {"total_variation": 0.0},
        {"averaging": 0.0},
        {"averaging": 1.0},
        {"learning_rate": 0.01},
        {"learning_rate_schedule": "cosine"},
        {"optimizer": "lbfgs"},
        {"working_size_px": 64, "size_px": 80},
        {"style_scale": 0.5},
    ],
    ids=lambda change: ",".join(f"{k}={v}" for k, v in change.items()),
)
def test_every_choice_changes_the_picture(
    small_engine: StyleEngine, change: dict[str, object]
) -> None:
    options = replace(PLAIN, **change)  # type: ignore[arg-type]  # options
    plain, _ = paint_with(small_engine, replace(PLAIN, size_px=options.size_px))
    changed, _ = paint_with(small_engine, options)
    assert distance(changed, plain) > 0.1


def test_only_the_layers_asked_for_are_read(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    feature_maps = Vgg.feature_maps

    def noted(
        network: Vgg, image: object, taps: object, check_interruption: object
    ) -> object:
        read.update(taps)  # type: ignore[arg-type]  # names
        return feature_maps(network, image, taps, check_interruption)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Vgg, "feature_maps", noted)
    options = replace(
        PLAIN,
        style_layers={"relu1_2": 1.0, "relu3_4": 0.5, "relu5_1": 0.0},
        content_layers={"relu2_2": 1.0},
    )
    paint_with(small_engine, options)
    assert read == {"relu1_2", "relu2_2", "relu3_4"}


def test_the_content_is_compared_where_it_was_asked_for(
    small_engine: StyleEngine,
) -> None:
    """With the content's share alone the picture stays the content."""
    options = replace(PLAIN, content_layers={"relu1_1": 3.0, "relu3_1": 1.0}, steps=30)
    faithful, _ = paint_with(small_engine, replace(options, content_strength=1.0))
    free, _ = paint_with(small_engine, replace(options, content_strength=0.0))
    content = hills().resize(faithful.size)
    assert distance(faithful, content) < distance(free, content)


def test_layers_of_vgg19_alone_are_refused_by_vgg16() -> None:
    graph = VggNetwork.VGG16.description.shapes
    tensors = {name: each for name, each in small_tensors().items() if name in graph}
    weights = VggWeights(tensors, "of a small VGG16", VggNetwork.VGG16)
    cpu = torch.device("cpu")
    engine = StyleEngine(
        NetworkCache(lambda *_: weights, cpu), Compute(cpu, Precision.FLOAT32)
    )
    good = replace(PLAIN, style_layers={"relu3_3": 1.0})
    for step in engine.stylize(hills(), strokes(), good, network=Network.VGG16):
        assert step.picture().size == (64, 43)
    bad = replace(PLAIN, style_layers={"relu3_4": 1.0})
    with pytest.raises(ValueError, match=r"no layers \['relu3_4'\]"):
        engine.stylize(hills(), strokes(), bad, network=Network.VGG16)


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ({"relu1_11": 1.0}, "was relu1_1 meant"),
        ({"relu1_1": -1.0}, "from 0 to 10000"),
        ({"relu1_1": 0.0}, "no layer with a weight above 0"),
        ({}, "no layer with a weight above 0"),
    ],
)
def test_layers_that_make_no_sense_are_refused(
    layers: dict[str, float], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        StylizeOptions(style_layers=layers)


def test_no_total_variation_is_no_loss(small_engine: StyleEngine) -> None:
    _, steps = paint_with(small_engine, replace(PLAIN, total_variation=0.0))
    assert steps[-1].losses.total_variation == 0
    assert steps[-1].losses.style > 0


def test_the_given_image_is_where_it_starts(small_engine: StyleEngine) -> None:
    given = strokes(96, 64)
    options = replace(
        PLAIN, steps=1, start=Start.IMAGE, optimizer=OptimizerName.LBFGS
    )  # whose first step gives back where it stood
    for step in small_engine.stylize(hills(), strokes(), options, start_image=given):
        picture = step.picture()
    assert distance(picture, given.resize(picture.size, 1)) < 1


def test_a_given_image_missing_or_superfluous_is_refused(
    small_engine: StyleEngine,
) -> None:
    with pytest.raises(ValueError, match="no image to start from was given"):
        small_engine.stylize(hills(), strokes(), replace(PLAIN, start=Start.IMAGE))
    with pytest.raises(ValueError, match="an image to start from was given"):
        small_engine.stylize(hills(), strokes(), PLAIN, start_image=strokes())


def test_without_style_the_content_comes_back_wherever_it_starts(
    small_engine: StyleEngine,
) -> None:
    content_image = hills(64, 64)
    for start in Start:
        options = replace(PLAIN, style_strength=0.0, start=start)
        given = strokes(64, 64) if start.is_given else None
        for step in small_engine.stylize(
            content_image, strokes(), options, start_image=given
        ):
            picture = step.picture()
        assert picture.tobytes() == content_image.tobytes(), start


def test_a_working_size_ends_with_a_short_pass_at_full_size() -> None:
    options = StylizeOptions(size_px=1024, working_size_px=256, steps=100)
    rungs = plan(400, 200, options, detail=0.08)
    assert sum(each.steps for each in rungs) == 100
    assert [each.scale_px for each in rungs][-2:] == [256, 1024]
    assert (rungs[-1].steps, rungs[-1].height_px) == (8, 512)
    for steps in (1, 2, 3):
        few = plan(400, 200, replace(options, steps=steps), detail=0.08)
        assert sum(each.steps for each in few) == steps
        assert few[-1].scale_px == 1024


def test_rungs_are_taken_as_they_are() -> None:
    rungs = ((64, 3), (100, 2), (128, 1))
    found = plan(400, 200, StylizeOptions(size_px=128, rungs=rungs), detail=0.08)
    assert tuple((each.width_px, each.steps) for each in found) == rungs


@pytest.mark.parametrize(
    ("schedule", "first", "middle", "last"),
    [("constant", 1, 1, 1), ("linear", 1, 0.55, 0.1), ("cosine", 1, 0.55, 0.1)],
)
def test_the_learning_rate_falls_to_a_tenth(
    schedule: str, first: float, middle: float, last: float
) -> None:
    options = StylizeOptions(learning_rate_schedule=LearningRateSchedule(schedule))
    found = [rate_factor(options, HYPERPARAMETERS, done) for done in (0.0, 0.5, 1.0)]
    assert found == pytest.approx([first, middle, last])
    quarter = rate_factor(options, HYPERPARAMETERS, 0.25)
    if schedule == "cosine":  # it falls late
        assert quarter == pytest.approx(0.1 + 0.9 * (1 + 0.5**0.5) / 2)


def test_a_changed_learning_rate_is_relative_to_the_walks_own() -> None:
    options = StylizeOptions(learning_rate=0.06)
    assert rate_factor(options, HYPERPARAMETERS, 0.0) == pytest.approx(0.06 / 0.03)
    adapted = HYPERPARAMETERS.adapted(options)
    assert rate_factor(options, adapted, 0.0) == 1.0


def test_each_pictures_gradient_is_shortened_on_its_own() -> None:
    gradient = torch.ones(2, 3, 4, 5)
    gradient[1] *= 1e-3
    # Root mean square 1 times 60 values.
    found = clipped(gradient, 30.0)
    assert torch.allclose(found[0], torch.full((3, 4, 5), 0.5))
    assert torch.equal(found[1], gradient[1])
    assert torch.equal(clipped(torch.zeros(1, 3, 2, 2), 1.0), torch.zeros(1, 3, 2, 2))


def test_averaging_smooths_and_without_it_the_last_iterate_counts(
    small_engine: StyleEngine,
) -> None:
    options = replace(PLAIN, steps=8, learning_rate=0.2, averaging=0.0)
    pictures = []
    for step in small_engine.stylize(hills(), strokes(), options, report_interval_s=0):
        pictures.append(step.picture())
        image = step.state().tensors["image"][0, :, 4:-4, 4:-4]
    levels = (image.permute(1, 2, 0).numpy() * 255).round()
    assert np.array_equal(np.asarray(pictures[-1]), levels)
