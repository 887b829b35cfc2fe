"""What we say of the networks is what torchvision's own graphs say."""

import dataclasses
import importlib
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import nn

from app.contract.painting.layers import VGG19_LAYERS
from worker.engine.features.weights import VggNetwork, VggWeights, load_weights
from worker.engine.features.weights.torchvision_import import import_torchvision

from .conftest import describe

#: torchvision's own, about its image library.
pytestmark = pytest.mark.filterwarnings("ignore")

VGG16S = (VggNetwork.VGG16, VggNetwork.VGG16_TORCHVISION)


@pytest.fixture(scope="module")
def models() -> ModuleType:
    import_torchvision()
    return importlib.import_module("torchvision.models")


@pytest.mark.parametrize("network", VggNetwork)
def test_names_and_shapes_are_those_of_torchvisions_network(
    network: VggNetwork, models: ModuleType
) -> None:
    with torch.device("meta"):
        theirs = (models.vgg16 if network in VGG16S else models.vgg19)(weights=None)
    wanted = {
        name: tuple(entry.shape)
        for name, entry in theirs.state_dict().items()
        if name.startswith("features.")
    }
    description = network.description
    found = {
        theirs: description.shapes[ours]
        for ours, theirs in description.torchvision_names.items()
    }
    assert found == wanted


@pytest.mark.parametrize(
    ("network", "configuration"), [(VggNetwork.VGG16, "D"), (VggNetwork.VGG19, "E")]
)
@torch.no_grad()
def test_every_layer_of_a_saved_torchvision_network_comes_under_its_name(
    network: VggNetwork,
    configuration: str,
    models: ModuleType,
    tmp_path: Path,
    random: torch.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # torchvision builds the graph, 16 times narrower in every block.
    widths = [w if w == "M" else w // 16 for w in models.vgg.cfgs[configuration]]
    features: nn.Sequential = models.vgg.make_layers(widths)
    for parameter in features.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=random) * 0.3)
    torch.save(nn.ModuleDict({"features": features}).state_dict(), tmp_path / "v.pth")
    describe(monkeypatch, network, channels=(4, 8, 16, 32, 32))
    tensors = load_weights(network, cache_dir=tmp_path, path=tmp_path / "v.pth").tensors

    theirs = torch.rand(1, 3, 32, 32, generator=random)
    ours, layers = theirs, iter(network.description.layers)
    for module in features:
        theirs = module(theirs)
        if isinstance(module, nn.Conv2d):
            continue
        layer = next(layers)
        if layer.startswith("pool"):
            assert isinstance(module, nn.MaxPool2d)
            ours = F.max_pool2d(ours, 2)
        else:
            assert isinstance(module, nn.ReLU)
            name = layer.replace("relu", "conv")
            kernel, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
            ours = F.conv2d(ours, kernel, bias, padding=1).relu()
        assert torch.equal(ours, theirs), layer
    assert next(layers, None) is None


def test_vgg19s_graph_is_the_extractors() -> None:
    layers = VggNetwork.VGG19.description.layers
    # What options may name are all layers of the deepest network.
    assert tuple(each for each in layers if each.startswith("relu")) == VGG19_LAYERS


@pytest.mark.parametrize("network", VggNetwork)
def test_the_published_file_is_torchvisions(
    network: VggNetwork, models: ModuleType
) -> None:
    description = network.description
    if description.torchvision_model is None:
        assert "jcjohnson" in description.origin
        return
    url = models.get_model_weights(description.torchvision_model).IMAGENET1K_V1.url
    digits = url.rpartition("-")[2].removesuffix(".pth")
    assert description.published_sha256.startswith(digits)
    assert url.rpartition("/")[2] in description.origin


def test_weights_of_another_graph_can_not_be_called_a_networks() -> None:
    tensors = {name: torch.ones(1) for name in VggNetwork.VGG16.description.shapes}
    VggWeights.of(VggNetwork.VGG16, tensors)
    with pytest.raises(ValueError, match="is not all of vgg19"):
        VggWeights.of(VggNetwork.VGG19, tensors)


def test_a_graph_without_a_width_for_every_block_is_refused() -> None:
    with pytest.raises(ValueError, match="5 blocks have 2 widths"):
        dataclasses.replace(VggNetwork.VGG16.description, channels=(64, 128))
