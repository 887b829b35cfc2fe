"""16 bits: finite everywhere, near float32 on the real weights."""

import itertools

import pytest
import torch
from torch import Tensor

from tests.engine.conftest import hills, small_tensors, strokes
from tests.engine.painting.test_gradients import WEIGHTS, nothing, objective, pastiche
from worker.engine import (
    Pooling,
    Precision,
    Start,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.networks import NetworkCache
from worker.engine.features.weights import VggNetwork, VggWeights
from worker.engine.losses.objective import LossWeights
from worker.engine.losses.statistics import moments
from worker.engine.machine.device import Compute
from worker.engine.painting.gradients import differentiate

SHORT = [Precision.BFLOAT16, Precision.FLOAT16, Precision.HALF]


def loud_weights() -> VggWeights:
    """The small network, louder: its few channels have gradients as small as many."""
    tensors = {
        name: each * 2048 if name.endswith("bias") or name == "conv1_1.weight" else each
        for name, each in small_tensors().items()
    }
    return VggWeights(tensors, "of a loud network", VggNetwork.VGG19)


@pytest.fixture(scope="module")
def loud_engine() -> StyleEngine:
    cpu = torch.device("cpu")
    weights = loud_weights()
    return StyleEngine(
        NetworkCache(lambda *_: weights, cpu), Compute(cpu, Precision.FLOAT32)
    )


@pytest.mark.parametrize("precision", SHORT)
@pytest.mark.parametrize("size", [(96, 64), (256, 32)], ids=["usual", "narrow"])
def test_every_setting_is_finite_at_once(
    loud_engine: StyleEngine, precision: Precision, size: tuple[int, int]
) -> None:
    settings = itertools.product(StyleLoss, Pooling, (Start.CONTENT, Start.NOISE))
    for style_loss, pooling, start in settings:
        options = StylizeOptions(
            size_px=64,
            steps=2,
            style_loss=style_loss,
            pooling=pooling,
            start=start,
            style_strength=1.0,
            precision=precision,
        )
        steps = loud_engine.stylize(
            hills(*size), strokes(), options, report_interval_s=0
        )
        for step in steps:
            # No rescue in float32 was needed.
            assert not step.state().is_rescued, options
            assert step.losses.total > 0


def gradient_of(
    weights: VggWeights,
    precision: Precision,
    style_loss: StyleLoss,
    size: tuple[int, int] = (64, 48),
    loss_weights: LossWeights = WEIGHTS,
) -> Tensor:
    network = Vgg(weights, precision=precision)
    wanted = objective(network, size, style_loss)
    wanted.weights = loss_weights
    image = pastiche(*size)
    return differentiate(wanted, network, image, nothing, recompute=False)[1]


def likeness(one: Tensor, two: Tensor) -> float:
    """Cosine of the angle between them."""
    return float((one * two).sum() / one.norm() / two.norm())


@pytest.mark.vgg_weights
@pytest.mark.parametrize("style_loss", list(StyleLoss))
def test_gradients_in_16_bits_are_near_those_in_32(
    real_weights: VggWeights, style_loss: StyleLoss
) -> None:
    wanted = gradient_of(real_weights, Precision.FLOAT32, style_loss)
    # Measured at 128 x 160: 4.3, 1.4 and 2.4 %.
    for precision, most in zip(SHORT, (0.08, 0.03, 0.05), strict=True):
        found = gradient_of(real_weights, precision, style_loss)
        assert float((found - wanted).norm() / wanted.norm()) < most, precision
        assert likeness(found, wanted) > 0.997


@pytest.mark.vgg_weights
def test_without_loss_scaling_float16_loses_the_gradient(
    real_weights: VggWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    def likeness_of_float16() -> float:
        wanted, found = (
            gradient_of(
                real_weights,
                precision,
                StyleLoss.GRAM,
                (128, 160),
                LossWeights(content=0.0, style=1.0, total_variation=0.0),
            )
            for precision in (Precision.FLOAT32, Precision.FLOAT16)
        )
        return likeness(found, wanted)

    assert likeness_of_float16() > 0.999
    monkeypatch.setattr(Vgg, "loss_scale", lambda *_: 1.0)
    assert likeness_of_float16() < 0.97


def test_small_pictures_have_a_smaller_loss_scale_and_32_bits_have_none() -> None:
    half = Vgg(loud_weights(), precision=Precision.HALF)
    assert half.loss_scale(1024) * 4 == half.loss_scale(4096)
    assert half.loss_scale(1000) == half.loss_scale(1024)  # a power of two
    for precision in (Precision.FLOAT32, Precision.BFLOAT16):
        assert Vgg(loud_weights(), precision=precision).loss_scale(1024) == 1


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_statistics_are_summed_in_float32(
    dtype: torch.dtype, random: torch.Generator
) -> None:
    maps = (100 * torch.rand(1, 4, 64, 64, generator=random)).to(dtype)
    wanted = moments(maps.double())
    found = moments(maps)  # its sums reach 40 million; float16 ends at 65504
    assert found.second.dtype is torch.float32
    assert torch.allclose(found.second.double(), wanted.second, rtol=1e-5)
    assert torch.allclose(found.mean.double(), wanted.mean, rtol=1e-5)


def test_float16_keeps_its_first_convolution_in_float32_and_half_does_not() -> None:
    image = torch.rand(1, 3, 8, 8)
    for precision, dtypes in (
        (Precision.FLOAT16, (torch.float32, torch.float16)),
        (Precision.HALF, (torch.float16, torch.float16)),
    ):
        network = Vgg(loud_weights(), precision=precision)
        maps = dict(network.feature_maps(image, ["relu1_1", "relu1_2"], nothing))
        assert tuple(each.dtype for each in maps.values()) == dtypes
