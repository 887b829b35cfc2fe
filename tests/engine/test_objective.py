"""The weighted sum: every term relative to its layer's own scale."""

import dataclasses

import pytest
import torch

from worker.engine.backbones.vgg import Vgg19
from worker.engine.images import to_tensor
from worker.engine.objective import Losses, LossWeights, Objective, style_targets
from worker.engine.options import StyleLoss
from worker.engine.recipe import RECIPE

from .conftest import hills, small_tensors, strokes

WEIGHTS = LossWeights(content=1.0, style=1.0, total_variation=1.0)


def nothing() -> None:
    """A checkpoint that never stops."""


def losses(
    activation_scale: float = 1.0,
    weights: LossWeights = WEIGHTS,
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN,
) -> Losses:
    """Of strokes as the pastiche of hills and turned strokes."""
    tensors = small_tensors()
    # ReLU and pooling are homogeneous: this multiplies every activation.
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"] * activation_scale
    for name in tensors:
        if name.endswith("bias"):
            tensors[name] = tensors[name] * activation_scale
    network = Vgg19(tensors, deepest=RECIPE.deepest)
    style_image = to_tensor(strokes(64, 64).rotate(90), 64, 64)
    objective = Objective(
        network,
        RECIPE,
        to_tensor(hills(96, 64), 96, 64),
        style_targets(network, RECIPE, style_image, nothing),
        weights,
        style_loss=style_loss,
        checkpoint=nothing,
    )
    return objective(to_tensor(strokes(96, 64), 96, 64)).detach()


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


def test_the_gradient_reaches_every_pixel() -> None:
    pastiche = torch.rand(1, 3, 40, 37, requires_grad=True)
    network = Vgg19(small_tensors(), deepest=RECIPE.deepest)
    objective = Objective(
        network,
        RECIPE,
        to_tensor(hills(37, 40), 37, 40),
        style_targets(network, RECIPE, torch.rand(1, 3, 32, 32), nothing),
        WEIGHTS,
        style_loss=StyleLoss.WASSERSTEIN,
        checkpoint=nothing,
    )
    (gradient,) = torch.autograd.grad(objective(pastiche).total, pastiche)
    assert bool((gradient.abs().sum(dim=1) > 0).all())
