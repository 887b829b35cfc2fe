"""Folded into the first convolution, the preprocessing changes nothing."""

import importlib
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

from worker.engine.features.weights import OXFORD_PREPROCESSING, Preprocessing
from worker.engine.features.weights.networks import TORCHVISION_PREPROCESSING
from worker.engine.features.weights.preprocessing import (
    ChannelOrder,
    fold_preprocessing,
)
from worker.engine.features.weights.torchvision_import import import_torchvision


def oxford(image: torch.Tensor) -> torch.Tensor:
    """BGR, 0 to 255, minus the mean colour that Oxford published."""
    red, green, blue = (image * 255).unbind(1)
    return torch.stack((blue - 103.939, green - 116.779, red - 123.68), dim=1)


def torchvision(image: torch.Tensor) -> torch.Tensor:
    """RGB, 0 to 1, minus the mean, divided by the deviation."""
    red, green, blue = image.unbind(1)
    return torch.stack(
        ((red - 0.485) / 0.229, (green - 0.456) / 0.224, (blue - 0.406) / 0.225), dim=1
    )


@pytest.mark.parametrize(
    ("explicit", "preprocessing"),
    [(oxford, OXFORD_PREPROCESSING), (torchvision, TORCHVISION_PREPROCESSING)],
)
def test_the_folded_convolution_equals_the_explicit_one(
    explicit: Any, preprocessing: Preprocessing, random: torch.Generator
) -> None:
    image = torch.rand(2, 3, 9, 7, generator=random, dtype=torch.float64)
    kernel = torch.randn(5, 3, 3, 3, generator=random, dtype=torch.float64)
    bias = torch.randn(5, generator=random, dtype=torch.float64)
    found = F.conv2d(image, *fold_preprocessing(kernel, bias, preprocessing))
    wanted = F.conv2d(explicit(image), kernel, bias)
    assert torch.allclose(found, wanted, rtol=1e-12, atol=1e-9)


@pytest.mark.filterwarnings("ignore")  # torchvision's own, about its image library
def test_torchvisions_numbers_are_torchvisions() -> None:
    import_torchvision()
    models = importlib.import_module("torchvision.models")
    for weights in (models.VGG16_Weights, models.VGG19_Weights):
        preset = weights.IMAGENET1K_V1.transforms()
        assert tuple(preset.mean) == TORCHVISION_PREPROCESSING.mean
        assert tuple(preset.std) == TORCHVISION_PREPROCESSING.std


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": "rbg"},
        {"range": 256.0},
        {"mean": (103.939, 116.779, 123.68)},  # of 0 to 255
        {"mean": (0.5, 0.5)},
        {"std": (0.2, 0.0, 0.2)},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    sound: dict[str, Any] = {
        "order": ChannelOrder.RGB,
        "range": 1.0,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.2, 0.2, 0.2),
    }
    Preprocessing(**sound)
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}|{wrong.get('order')}"):
        Preprocessing(**(sound | wrong))
