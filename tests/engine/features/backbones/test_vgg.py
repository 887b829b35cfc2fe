"""The extractor comes first: nothing is worth tuning on a wrong network."""

import importlib

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

from app.contract.painting.choices import Pooling
from tests.engine.conftest import SMALL, small_network, small_tensors
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.weights import (
    OXFORD_PREPROCESSING,
    VggNetwork,
    VggWeights,
    fold_preprocessing,
)
from worker.engine.features.weights.torchvision_import import import_torchvision

ALL_LAYERS = VggNetwork.VGG19.description.layers
#: Modules of torchvision's `vgg19().features` (engine.md, "Network").
TORCHVISION_MODULES = {
    "relu1_1": 1, "relu2_1": 6, "relu3_1": 11, "relu4_1": 20, "relu4_2": 22,
    "relu5_1": 29, "relu1_2": 3, "relu3_4": 17, "pool4": 27,
}  # fmt: skip


def nothing() -> None:
    """An interruption check that never stops."""


def relative_error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def caffe_pixels(image: torch.Tensor) -> torch.Tensor:
    """The explicit preprocessing: BGR, 0 to 255, minus the mean colour."""
    mean = torch.tensor(OXFORD_PREPROCESSING.mean).view(1, 3, 1, 1)
    return image.flip(1) * 255 - mean


def reference_features(weights: VggWeights) -> torch.nn.Sequential:
    """torchvision's graph with our weights, our padding in front, our odd borders."""
    import_torchvision()
    vgg19 = importlib.import_module("torchvision.models").vgg19
    features: torch.nn.Sequential = vgg19(weights=None).features.eval()
    convolutions = [each for each in features if isinstance(each, torch.nn.Conv2d)]
    names = [name[:-7] for name in weights.tensors if name.endswith(".weight")]
    for convolution, name in zip(convolutions, names, strict=True):
        convolution.weight = torch.nn.Parameter(weights.tensors[f"{name}.weight"])
        convolution.bias = torch.nn.Parameter(weights.tensors[f"{name}.bias"])
    for module in features:
        if isinstance(module, torch.nn.MaxPool2d):
            module.ceil_mode = True
    convolutions[0].padding_mode = "replicate"
    convolutions[0]._reversed_padding_repeated_twice = [1, 1, 1, 1]
    return features


@pytest.mark.vgg_weights
@pytest.mark.filterwarnings("ignore")  # torchvision's own, about its image library
@torch.no_grad()
def test_every_tap_equals_torchvisions_graph_with_the_same_weights(
    real_weights: VggWeights, random: torch.Generator
) -> None:
    image = torch.rand(1, 3, 70, 93, generator=random)
    network = Vgg(real_weights, activation_scale=1.0)
    found = dict(network.feature_maps(image, TORCHVISION_MODULES, nothing))
    maps = caffe_pixels(image)
    wanted: dict[str, torch.Tensor] = {}
    for index, module in enumerate(reference_features(real_weights)):
        maps = module(maps)
        wanted |= {
            layer: maps.clone()
            for layer, number in TORCHVISION_MODULES.items()
            if number == index
        }
    assert set(found) == set(wanted)
    for layer, expected in wanted.items():
        assert found[layer].shape == expected.shape
        assert relative_error(found[layer], expected) < 1e-5, layer


def test_every_pixel_is_seen_at_every_depth() -> None:
    image = torch.rand(1, 3, 47, 35, requires_grad=True)
    maps = dict(small_network().feature_maps(image, ["relu3_1"], nothing))["relu3_1"]
    (gradient,) = torch.autograd.grad(maps.square().sum(), image)
    assert bool((gradient[0].abs().sum(dim=0) > 0).all())


def test_a_flat_image_has_flat_maps_up_to_its_border() -> None:
    # Zeros around the first convolution would be a dark frame.
    flat = torch.full((1, 3, 32, 32), 0.7)
    maps = dict(small_network().feature_maps(flat, ["relu1_1"], nothing))["relu1_1"]
    assert torch.allclose(maps, maps[:, :, 16:17, 16:17].expand_as(maps), atol=1e-5)


def test_taps_come_from_shallow_to_deep_and_the_rest_is_not_computed() -> None:
    image = torch.rand(1, 3, 32, 32)
    calls: list[None] = []
    network = small_network()
    taps = network.feature_maps(
        image, ["relu2_1", "relu1_1"], lambda: calls.append(None)
    )
    assert [layer for layer, _ in taps] == ["relu1_1", "relu2_1"]
    assert len(calls) == 3


@pytest.mark.parametrize("pooling", Pooling)
def test_looking_at_a_layer_before_pooling_changes_none_behind_it(
    pooling: Pooling, random: torch.Generator
) -> None:
    # Convolution and pooling are one where nobody looks between them.
    image = torch.rand(1, 3, 13, 10, generator=random)
    network = Vgg(SMALL, pooling=pooling)
    found = dict(network.feature_maps(image, ["relu2_1"], nothing))
    looked = dict(network.feature_maps(image, ["relu1_2", "pool1", "relu2_1"], nothing))
    assert list(looked) == ["relu1_2", "pool1", "relu2_1"]
    assert torch.equal(found["relu2_1"], looked["relu2_1"])


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="relu6_1"):
        list(
            small_network().feature_maps(torch.rand(1, 3, 32, 32), ["relu6_1"], nothing)
        )


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (17, 2)])
def test_the_smallest_images_reach_the_deepest_layer(size: tuple[int, int]) -> None:
    maps = dict(
        small_network().feature_maps(torch.rand(1, 3, *size), ALL_LAYERS, nothing)
    )
    assert set(maps) == set(ALL_LAYERS)
    assert all(min(each.shape) >= 1 for each in maps.values())


def test_the_gradient_to_the_image_equals_autograds(random: torch.Generator) -> None:
    image = torch.rand(1, 3, 40, 33, generator=random, requires_grad=True)
    found_maps = dict(small_network().feature_maps(image, ["relu3_2"], nothing))[
        "relu3_2"
    ]
    maps = F.pad(image, (1, 1, 1, 1), mode="replicate")
    tensors, padding = small_tensors(), 0
    tensors["conv1_1.weight"], tensors["conv1_1.bias"] = fold_preprocessing(
        tensors["conv1_1.weight"], tensors["conv1_1.bias"], OXFORD_PREPROCESSING
    )
    for name in ("1_1", "1_2", "pool", "2_1", "2_2", "pool", "3_1", "3_2"):
        if name == "pool":
            maps = F.max_pool2d(maps, 2, ceil_mode=True)
            continue
        kernel, bias = tensors[f"conv{name}.weight"], tensors[f"conv{name}.bias"]
        maps, padding = F.conv2d(maps, kernel, bias, padding=padding).relu(), 1
    upstream = torch.randn(maps.shape, generator=random)
    found = torch.autograd.grad(found_maps, image, upstream)[0]
    wanted = torch.autograd.grad(maps, image, upstream)[0]
    assert relative_error(found, wanted) < 1e-5
