"""All ways to the gradient end at the same one; the thrifty ones keep less."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.conftest import distance, hills, paint_with, small_network, strokes
from worker.engine import (
    MemoryMode,
    OptimizerName,
    Pooling,
    Precision,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.features.backbones import vgg
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.weights import VggNetwork, VggWeights
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import to_tensor
from worker.engine.losses.objective import LossWeights, Objective
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.painting.gradients import differentiate, differentiate_in_tiles
from worker.engine.painting.objective_builder import side_by_side
from worker.engine.styles import Region

TILE_PX = 48
WEIGHTS = LossWeights(content=1.0, style=1.0, total_variation=1.0)


def nothing() -> None:
    """An interruption check that never stops."""


def pastiche(height_px: int, width_px: int, count: int = 1) -> Tensor:
    random = torch.Generator().manual_seed(1)
    noise = torch.rand(count, 3, height_px, width_px, generator=random)
    image = to_tensor(strokes(width_px, height_px), width_px, height_px)
    return 0.3 * noise + 0.7 * image


def objective(
    network: Vgg,
    size: tuple[int, int],
    style_loss: StyleLoss,
    *,
    count: int = 1,
    is_masked: bool = False,
    dtype: torch.dtype = torch.float32,
    stroke_weight: float = 0.0,
) -> Objective:
    height_px, width_px = size
    options = StylizeOptions(
        style_loss=style_loss, guidance="auto" if style_loss.matches else "none"
    )
    numbers = replace(HYPERPARAMETERS.adapted(options), stroke_weight=stroke_weight)
    builder = TargetBuilder(
        network=network,
        hyperparameters=numbers,
        options=options,
        check_interruption=nothing,
    )
    style_image = to_tensor(strokes(200, 160), 200, 160).to(dtype)
    moments = builder.style_moments(style_image, None)
    rows = (
        [builder.style_rows(style_image, None, 500)]
        if stroke_weight or style_loss.matches
        else []
    )
    targets = builder.style_targets([(moments, 1.0)], rows)
    content = to_tensor(hills(width_px, height_px), width_px, height_px).to(dtype)
    contents = torch.cat([content, content.flip(3)][:count])
    regions = [Region(((0, 1.0),), None, 1.0)]
    if is_masked:
        left = torch.zeros(1, 1, height_px, width_px, dtype=dtype)
        left[..., : width_px // 3] = 1
        regions = [
            Region(((0, 1.0),), left, 0.3),
            Region(((0, 1.0),), 1 - left, 0.7),
        ]
    sides = [side_by_side([targets] * count)] * len(regions)
    goals = builder.goals(contents, regions, sides)
    return Objective(goals, replace(WEIGHTS, strokes=stroke_weight), style_loss)


def relative_error(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("style_loss", list(StyleLoss))
@pytest.mark.parametrize(
    ("size", "count", "is_masked"),
    [
        ((97, 203), 1, False),
        ((97, 203), 1, True),
        ((64, 131), 2, False),
        ((33, 30), 1, False),
        ((49, 129), 2, True),
    ],
    ids=["odd", "masks", "two", "one tile", "two and masks"],
)
def test_tiles_give_the_losses_and_the_gradient_of_the_whole(
    size: tuple[int, int], count: int, is_masked: bool, style_loss: StyleLoss
) -> None:
    network = small_network()
    wanted = objective(network, size, style_loss, count=count, is_masked=is_masked)
    image = pastiche(*size, count)
    wanted.begin(0)
    whole, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    tiled, found = differentiate_in_tiles(wanted, network, image, nothing, TILE_PX)
    for name in ("content", "style", "total_variation"):
        assert torch.allclose(getattr(tiled, name), getattr(whole, name), rtol=1e-4)
    assert relative_error(found, gradient) < 1e-4


@pytest.mark.parametrize(("count", "is_masked"), [(1, False), (2, False), (2, True)])
def test_tiles_choose_the_strokes_of_the_whole(count: int, *, is_masked: bool) -> None:
    network, size = small_network(), (97, 203)
    choices = {"count": count, "is_masked": is_masked, "stroke_weight": 3.0}
    wanted = objective(network, size, StyleLoss.GRAM, **choices)  # type: ignore[arg-type]  # as they come
    again = objective(network, size, StyleLoss.GRAM, **choices)  # type: ignore[arg-type]  # likewise
    image = pastiche(*size, count)
    for step in range(2):  # one that chooses, one that goes on
        wanted.begin(step)
        again.begin(step)
        whole, gradient = differentiate(
            wanted, network, image, nothing, recompute=False
        )
        tiled, found = differentiate_in_tiles(again, network, image, nothing, TILE_PX)
        assert torch.allclose(tiled.style, whole.style, rtol=1e-4)
        assert relative_error(found, gradient) < 1e-4
    plain = objective(network, size, StyleLoss.GRAM, count=count, is_masked=is_masked)
    without, _ = differentiate(plain, network, image, nothing, recompute=False)
    assert float((whole.style - without.style).min()) > 0.1


@pytest.mark.parametrize(
    ("precision", "most"),
    [(Precision.BFLOAT16, 0.05), (Precision.FLOAT16, 0.01), (Precision.HALF, 0.01)],
)
def test_tiles_in_16_bits_differ_by_their_rounding(
    precision: Precision, most: float
) -> None:
    network, size = small_network(precision), (97, 203)
    wanted, image = objective(network, size, StyleLoss.GRAM), pastiche(*size)
    _, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    _, found = differentiate_in_tiles(wanted, network, image, nothing, TILE_PX)
    assert relative_error(found, gradient) < most


def in_float64(network: Vgg) -> Vgg:
    for layer in VggNetwork.VGG19.description.layers:
        if layer.startswith("relu"):
            convolution = network._frozen(layer)
            convolution._dtype = torch.float64
            prepared: Any = convolution._prepared
            for name in ("_kernel", "_turned_kernel", "_bias"):
                setattr(prepared, name, getattr(prepared, name).double())
            network._convolutions[layer] = convolution
    return network


def test_tiles_are_exact_and_not_only_near() -> None:
    network, size = in_float64(small_network()), (97, 203)
    wanted = objective(network, size, StyleLoss.GRAM, dtype=torch.float64)
    image = pastiche(*size).double()
    _, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    _, found = differentiate_in_tiles(wanted, network, image, nothing, TILE_PX)
    assert relative_error(found, gradient) < 1e-13


def test_a_margin_that_is_too_small_is_felt(monkeypatch: pytest.MonkeyPatch) -> None:
    network, size = in_float64(small_network()), (97, 203)
    assert network.reach_px(["relu1_1", "relu5_1"]) == 85
    wanted = objective(network, size, StyleLoss.GRAM, dtype=torch.float64)
    image = pastiche(*size).double()
    _, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    monkeypatch.setattr(Vgg, "reach_px", lambda *_: 48)
    _, found = differentiate_in_tiles(wanted, network, image, nothing, TILE_PX)
    assert relative_error(found, gradient) > 1e-6


@pytest.mark.parametrize("layer", ["relu1_1", "relu1_2", "relu3_1", "relu4_2"])
def test_the_reach_is_as_far_as_a_gradient_goes(layer: str) -> None:
    network = in_float64(small_network())
    image = torch.rand(1, 3, 3, 320, dtype=torch.float64, requires_grad=True)
    maps = dict(network.feature_maps(image, [layer], nothing))[layer]
    stride = network.stride(layer)
    middle = 160 // stride
    (gradient,) = torch.autograd.grad(maps[..., middle].square().sum(), image)
    columns = gradient.abs().sum(dim=(0, 1, 2)).nonzero().flatten()
    reach = network.reach_px([layer])
    assert middle * stride - reach <= int(columns.min())
    assert int(columns.max()) < (middle + 1) * stride + reach


def kept_bytes(
    wanted: Objective,
    network: Vgg,
    image: Tensor,
    monkeypatch: pytest.MonkeyPatch,
    *,
    recompute: bool,
) -> int:
    """What is saved for the backward pass, the blocks' inputs included."""
    kept = [0]
    recomputed = vgg.recomputed

    def noted(run: object, maps: Tensor, **rest: bool) -> object:
        kept[0] += maps.nbytes
        return recomputed(run, maps, **rest)  # type: ignore[arg-type]  # as it came

    def pack(tensor: Tensor) -> Tensor:
        kept[0] += tensor.nbytes
        return tensor

    taps = {
        layer: lambda maps, layer=layer: wanted.read(layer, maps)
        for layer in wanted.goals
    }
    leaf = image.detach().requires_grad_()
    with monkeypatch.context() as patched:
        patched.setattr(vgg, "recomputed", noted)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            network.read(leaf, taps, nothing, recompute=recompute)
    return kept[0]


@pytest.mark.parametrize("style_loss", list(StyleLoss))
@pytest.mark.parametrize("is_masked", [False, True])
def test_recomputing_gives_the_same_gradient_bit_by_bit(
    style_loss: StyleLoss, is_masked: bool
) -> None:
    network, size = small_network(), (61, 83)
    wanted = objective(network, size, style_loss, is_masked=is_masked)
    image = pastiche(*size)
    whole, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    again, found = differentiate(wanted, network, image, nothing, recompute=True)
    assert torch.equal(found, gradient)
    assert torch.equal(again.total, whole.total)


def test_recomputing_keeps_less(monkeypatch: pytest.MonkeyPatch) -> None:
    network, size = small_network(), (128, 128)
    wanted, image = objective(network, size, StyleLoss.WASSERSTEIN), pastiche(*size)
    whole = kept_bytes(wanted, network, image, monkeypatch, recompute=False)
    thrifty = kept_bytes(wanted, network, image, monkeypatch, recompute=True)
    assert 0 < thrifty < 0.45 * whole


@pytest.mark.parametrize("memory", [MemoryMode.TILES, MemoryMode.RECOMPUTE])
def test_a_job_of_less_memory_paints_nearly_the_same_picture(
    small_engine: StyleEngine, memory: MemoryMode
) -> None:
    options = StylizeOptions(
        size_px=288,
        rungs=((288, 4),),
        style_loss=StyleLoss.GRAM,  # roots magnify what rounding leaves
        # Adam's first steps are hardly more than signs: rounding turns small ones.
        optimizer=OptimizerName.LBFGS,
        precision=Precision.FLOAT32,
        # Maxima of flat skies are ties, which rounding decides too.
        pooling=Pooling.AVERAGE,
        memory=MemoryMode.WHOLE,
        tile_px=128,
    )
    whole, _ = paint_with(small_engine, options)
    found, _ = paint_with(small_engine, replace(options, memory=memory))
    assert distance(found, whole) < 0.2


@pytest.mark.vgg_weights
def test_tiles_are_exact_with_the_real_weights(real_weights: VggWeights) -> None:
    network, size = Vgg(real_weights), (300, 293)
    wanted, image = objective(network, size, StyleLoss.WASSERSTEIN), pastiche(*size)
    whole, gradient = differentiate(wanted, network, image, nothing, recompute=False)
    tiled, found = differentiate_in_tiles(wanted, network, image, nothing, 128)
    # relu5_1 has fewer positions than channels: the whole takes the root of another,
    # smaller matrix, which rounds otherwise.
    assert torch.allclose(tiled.style, whole.style, rtol=3e-3)
    assert torch.allclose(tiled.content, whole.content, rtol=1e-5)
    assert relative_error(found, gradient) < 1e-3
