"""The fast picture is what the optimizing engine may start from."""

import numpy as np
import pytest
from PIL import Image

from tests.engine.conftest import distance, hills, strokes
from tests.engine.feedforward.conftest import levels
from worker.engine import Style, StyleEngine, StylizeOptions
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.start import QUICK_STEPS, quick_options, start_image

OPTIONS = StylizeOptions(size_px=128)


def moments(picture: Image.Image) -> np.ndarray:
    pixels = levels(picture).reshape(-1, 3)
    return np.concatenate([pixels.mean(axis=0), pixels.std(axis=0)])


def test_it_has_the_paintings_colours(fast_engine: FastEngine) -> None:
    made = start_image(fast_engine, hills(), [Style(image=strokes())], OPTIONS)
    assert made.size == (128, 85)
    assert np.abs(moments(made) - moments(strokes())).max() < 12
    plain = fast_engine.stylize(hills(), strokes())
    assert np.abs(moments(plain) - moments(strokes())).max() > 12


def test_with_masks_each_region_has_its_paintings_colours(
    fast_engine: FastEngine,
) -> None:
    mask = Image.new("L", (96, 64), 0)
    mask.paste(255, (0, 0, 48, 64))
    red, blue = (Image.new("RGB", (64, 64), each) for each in ("#a02020", "#2030a0"))
    made = start_image(
        fast_engine, hills(), [Style(image=red, mask=mask), Style(image=blue)], OPTIONS
    )
    left, right = levels(made)[:, :56], levels(made)[:, 72:]
    assert left[..., 0].mean() > left[..., 2].mean() + 40
    assert right[..., 2].mean() > right[..., 0].mean() + 40


def test_a_few_steps_go_on_from_it(
    fast_engine: FastEngine, small_engine: StyleEngine
) -> None:
    options = quick_options(OPTIONS, 3)
    first = start_image(fast_engine, hills(), [Style(image=strokes())], options)
    for step in small_engine.stylize(hills(), strokes(), options, start_image=first):
        assert (step.total_steps, step.total_scales) == (3, 1)
        if step.is_last:
            made = step.picture()
    assert 0 < distance(made, first) < distance(made, hills(128, 85))


def test_quick_is_one_scale_whatever_the_preset() -> None:
    wanted = StylizeOptions(size_px=320, steps=77, working_size_px=128)
    assert quick_options(wanted).rungs == ((320, QUICK_STEPS),)
    with pytest.raises(ValueError, match="steps is 0"):
        quick_options(wanted, 0)
