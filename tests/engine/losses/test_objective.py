"""The weighted sum: every term relative to its layer's own scale."""

import dataclasses

import pytest
import torch
from torch import Tensor

from app.contract.painting.choices import StyleLoss
from tests.engine.conftest import SMALL, hills, strokes
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters
from worker.engine.images import to_tensor
from worker.engine.losses.objective import Losses, LossWeights, Objective
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.options import StylizeOptions
from worker.engine.painting.gradients import differentiate
from worker.engine.styles import Region

WEIGHTS = LossWeights(content=1.0, style=1.0, total_variation=1.0)


def nothing() -> None:
    """An interruption check that never stops."""


def objective(
    network: Vgg,
    content_image: Tensor,
    style_image: Tensor,
    weights: LossWeights = WEIGHTS,
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN,
    hyperparameters: Hyperparameters = HYPERPARAMETERS,
) -> Objective:
    """Of one painting over the whole picture."""
    builder = TargetBuilder(
        network=network,
        hyperparameters=hyperparameters,
        options=StylizeOptions(style_loss=style_loss),
        check_interruption=nothing,
    )
    targets = builder.style_targets([(builder.style_moments(style_image, None), 1.0)])
    region = Region(((0, 1.0),), None, 1.0)
    return Objective(
        builder.goals(content_image, [region], [targets]), weights, style_loss
    )


def losses(
    activation_scale: float = 1.0,
    weights: LossWeights = WEIGHTS,
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN,
) -> Losses:
    """Of strokes as the pastiche of hills and turned strokes."""
    network = Vgg(SMALL, activation_scale=activation_scale)
    wanted = objective(
        network,
        to_tensor(hills(96, 64), 96, 64),
        to_tensor(strokes(64, 64).rotate(90), 64, 64),
        weights,
        style_loss,
    )
    pastiche = to_tensor(strokes(96, 64), 96, 64)
    found, _ = differentiate(wanted, network, pastiche, nothing, recompute=False)
    return found


@pytest.mark.parametrize("style_loss", list(StyleLoss))
@pytest.mark.parametrize("activation_scale", [1 / 40, 40.0])
def test_losses_do_not_depend_on_how_large_a_networks_activations_are(
    activation_scale: float, style_loss: StyleLoss
) -> None:
    found = losses(activation_scale, style_loss=style_loss)
    wanted = losses(style_loss=style_loss)
    assert float(found.content) == pytest.approx(float(wanted.content), rel=1e-3)
    assert float(found.style) == pytest.approx(float(wanted.style), rel=1e-2)


def test_no_style_is_further_than_one() -> None:
    assert 0 < float(losses().style) < 1


@pytest.mark.parametrize("name", ["content", "style", "total_variation"])
def test_each_weight_multiplies_its_loss_alone(name: str) -> None:
    plain = losses()
    doubled = losses(weights=dataclasses.replace(WEIGHTS, **{name: 2.0}))
    for each in ("content", "style", "total_variation"):
        factor = 2.0 if each == name else 1.0
        wanted = factor * float(getattr(plain, each))
        assert float(getattr(doubled, each)) == pytest.approx(wanted, rel=1e-5)
    assert float(doubled.total) > float(plain.total)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("content", "relu4_2"),
        *(("style", layer) for layer in HYPERPARAMETERS.style_layers),
        ("total_variation", "relu1_1"),
    ],
)
def test_the_gradient_of_each_loss_reaches_every_pixel(
    name: str, layer: str, random: torch.Generator
) -> None:
    network = Vgg(SMALL)
    alone = dict.fromkeys(("content", "style", "total_variation"), 0.0) | {name: 1.0}
    # 40 x 37 pixels: neither side is a multiple of the deepest layers' stride.
    wanted = objective(
        network,
        to_tensor(hills(37, 40), 37, 40),
        torch.rand(1, 3, 32, 32, generator=random),
        LossWeights(**alone),
        hyperparameters=dataclasses.replace(HYPERPARAMETERS, style_layers={layer: 1.0}),
    )
    pastiche = torch.rand(1, 3, 40, 37, generator=random)
    _, gradient = differentiate(wanted, network, pastiche, nothing, recompute=False)
    assert bool((gradient.abs().sum(dim=1) > 0).all())
