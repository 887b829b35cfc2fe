"""What one picture is made from: sizes of the style, and where the optimizer starts."""

from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.ladder import Rung
from tests.engine.conftest import hills, paint_with, strokes
from worker.engine import Preset, Start, StyleEngine, StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import to_tensor
from worker.engine.painting.colors import luminance
from worker.engine.painting.job import loss_weights, style_size

RUNG = Rung(width_px=128, height_px=96, steps=1)


@pytest.mark.parametrize(
    ("style_px", "style_scale", "expected"),
    [
        ((400, 200), 1.0, (128, 64)),
        ((400, 200), 2.0, (256, 128)),
        ((400, 200), 0.5, (64, 32)),
        ((400, 200), 4.0, (400, 200)),
        ((100, 50), 1.0, (100, 50)),
        ((400, 200), 0.25, (32, 16)),
    ],
    ids=["as it is", "twice", "half", "all there is", "never enlarged", "smallest"],
)
def test_style_is_brought_to_the_size_of_its_strokes(
    style_px: tuple[int, int], style_scale: float, expected: tuple[int, int]
) -> None:
    assert style_size(Image.new("RGB", style_px), RUNG, style_scale) == expected


@pytest.mark.parametrize(("scale_px", "times"), [(64, 1), (512, 1), (1024, 2)])
def test_large_pictures_are_smoothed_more(scale_px: int, times: float) -> None:
    rung = Rung(width_px=scale_px, height_px=scale_px // 2, steps=1)
    weights = loss_weights(StylizeOptions(), HYPERPARAMETERS, rung, [rung])
    usual = HYPERPARAMETERS.total_variation_weight
    assert weights.total_variation == pytest.approx(times * usual)


def edges(image: Tensor) -> Tensor:
    """Strength of the luminance's slope at every pixel."""
    return torch.hypot(*torch.gradient(luminance(image)[0, 0])).flatten()


def similarity(one: Tensor, two: Tensor) -> float:
    return float(torch.corrcoef(torch.stack((edges(one), edges(two))))[0, 1])


def test_start_from_noise_shows_less_of_the_photograph(
    small_engine: StyleEngine,
) -> None:
    options = StylizeOptions(size_px=96, preset=Preset.DRAFT, steps=2, seed=3)
    content = to_tensor(hills(), *hills().size)
    found = {}
    for start in (Start.CONTENT, Start.NOISE):
        picture, _ = paint_with(small_engine, replace(options, start=start))
        found[start] = similarity(to_tensor(picture, *hills().size), content)
    assert found[Start.CONTENT] > 0.5
    assert abs(found[Start.NOISE]) < 0.15


def test_noise_has_the_paintings_mean_colour_from_the_start(
    small_engine: StyleEngine,
) -> None:
    options = StylizeOptions(size_px=96, steps=1, start=Start.NOISE)
    picture, _ = paint_with(small_engine, options)
    style = to_tensor(strokes(), *strokes().size).mean(dim=(0, 2, 3))
    found = to_tensor(picture, *picture.size).mean(dim=(0, 2, 3))
    assert torch.allclose(found, style, atol=0.06)


def test_size_of_the_strokes_changes_the_picture(small_engine: StyleEngine) -> None:
    options = StylizeOptions(size_px=64, preset=Preset.DRAFT, steps=3)
    pictures = {
        paint_with(small_engine, replace(options, style_scale=scale))[0].tobytes()
        for scale in (0.5, 1.0)
    }
    assert len(pictures) == 2
