"""Packs that are broken on purpose are told from the good ones they were made of.

The paintings of the built-in styles are not here: what a style makes of another
photograph stands for its painting.
"""

from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor

from app.contract.datasets import Split
from app.contract.packs.architectures import ArchitectureName
from app.contract.painting.choices import Precision
from worker.engine.datasets import open_dataset
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.weights import VggWeights
from worker.engine.feedforward import FastEngine, Pack
from worker.engine.feedforward.packs import PackError
from worker.engine.images import to_tensor
from worker.engine.training.gate import reasons_against
from worker.engine.training.held_out import HeldOutJudge, HeldOutScore
from worker.engine.training.network import repainted
from worker.engine.training.weights import as_pack, drawn_weights, weights_of_pack

pytestmark = pytest.mark.vgg_weights

#: Built-in styles whose pictures of 128 px are whole.
GOOD = (0, 2, 4, 5, 6, 10, 12, 14, 20, 25)
SPOILED = 20
LAST = "expand.2"
Weights = dict[str, Tensor]


def noise(weights: Weights) -> None:
    random = torch.Generator().manual_seed(0)
    for name, each in weights.items():
        if name.endswith(".weight"):
            each.add_(torch.randn(each.shape, generator=random) * each.std(), alpha=2)


def grain(weights: Weights) -> None:
    kernel = weights[f"{LAST}.weight"]
    kernel -= kernel.mean((2, 3), keepdim=True)
    weights[f"{LAST}.scale"] *= 3


def blur(weights: Weights) -> None:
    kernel = weights[f"{LAST}.weight"]
    kernel[:] = kernel.mean((2, 3), keepdim=True)


def content_lost(weights: Weights) -> None:
    """Nothing of a photograph passes the middle of the network."""
    weights["contract.2.scale"].zero_()


def one_color(weights: Weights) -> None:
    weights[f"{LAST}.scale"].zero_()


def grid(weights: Weights) -> None:
    kernel = weights[f"{LAST}.weight"]
    signs = 1.0 - 2.0 * (torch.arange(kernel.shape[-1]) % 2)
    kernel *= signs[:, None] * signs


def exchanged_colors(weights: Weights) -> None:
    for part in ("weight", "scale", "shift"):
        name = f"{LAST}.{part}"
        weights[name][:] = weights[name].roll(1, 0)


def pale(weights: Weights) -> None:
    for part in ("weight", "scale", "shift"):
        channels = weights[f"{LAST}.{part}"]
        channels[:] = 0.3 * channels + 0.7 * channels.mean(0, keepdim=True)


def negative(weights: Weights) -> None:
    for part in ("scale", "shift"):
        weights[f"{LAST}.{part}"].neg_()


def glaring(weights: Weights) -> None:
    weights[f"{LAST}.scale"] *= 8


def untrained(weights: Weights) -> None:
    weights.update(drawn_weights(ArchitectureName.MULTISTYLE, 0))


@cache
def pack(number: int) -> Pack:
    return FastEngine.load(device="cpu", threads=1).builtin(number)


@pytest.fixture(scope="module")
def photographs() -> list[Tensor]:
    """Two that no training learns from, and one more, (1, 3, 96, 128) each."""
    dataset = open_dataset("builtin")
    rows = [*dataset.of(Split.HELD_OUT)[:2], dataset.of(Split.TRAIN)[0]]
    return [to_tensor(dataset.read(row), 128, 96) for row in rows]


@pytest.fixture(scope="module")
def reasons(
    photographs: list[Tensor], real_weights: VggWeights
) -> Callable[[int, Weights], tuple[str, ...]]:
    """What the gate says of a style's spoiled weights."""
    network = Vgg(real_weights, precision=Precision.FLOAT32)
    *held_out, other = photographs

    @cache
    def judge(number: int) -> HeldOutJudge:
        return HeldOutJudge(held_out, painted(number, other), network, lambda: None)

    @cache
    def untouched(number: int) -> HeldOutScore:
        return judge(number).score(held_out)

    @torch.no_grad()
    def painted(number: int, image: Tensor, weights: Weights | None = None) -> Tensor:
        own = pack(number)
        return repainted(image, own.shape, weights or weights_of_pack(own))

    def against(number: int, weights: Weights) -> tuple[str, ...]:
        score = judge(number).score(
            [painted(number, each, weights) for each in held_out]
        )
        return reasons_against(score, untouched(number), judge(number).painting)

    return against


@pytest.mark.parametrize("number", GOOD)
def test_a_good_one_passes(reasons: Callable, number: int) -> None:
    assert reasons(number, weights_of_pack(pack(number))) == ()


@pytest.mark.parametrize("number", [0, 6, 14])
def test_exchanged_and_pale_colors_are_seen(reasons: Callable, number: int) -> None:
    for spoil in (exchanged_colors, pale):
        weights = weights_of_pack(pack(number))
        spoil(weights)
        found = reasons(number, weights)
        assert any("colours" in each for each in found), (spoil, found)


@pytest.mark.parametrize(("number", "other"), [(0, 1), (6, 20), (20, 6), (14, 17)])
def test_the_style_of_another_painting_is_seen(
    reasons: Callable, number: int, other: int
) -> None:
    """As if two packs were exchanged on the way."""
    assert reasons(number, weights_of_pack(pack(other))) != ()


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (noise, "content is lost"),
        (grain, "style is not met"),
        (blur, "blurred"),
        (content_lost, "content is lost"),
        (one_color, "content is lost"),
        (grid, "noisy"),
        (exchanged_colors, "colours"),
        (pale, "pale"),
        (negative, "colours"),
        (glaring, "style is not met"),
        (untrained, "noisy"),
    ],
)
def test_a_broken_one_is_refused(
    reasons: Callable, spoil: Callable[[Weights], None], word: str
) -> None:
    weights = weights_of_pack(pack(SPOILED))
    spoil(weights)
    found = reasons(SPOILED, weights)
    assert any(word in each for each in found), found


def test_one_with_nan_is_not_even_read() -> None:
    weights = weights_of_pack(pack(SPOILED))
    weights[f"{LAST}.shift"][0] = torch.nan
    broken = as_pack(weights, ArchitectureName.MULTISTYLE, pack(SPOILED).info)
    with pytest.raises(PackError):
        Pack.from_bytes(broken.to_bytes())
