"""Every network that a job may name has a row, and the layers that clients are told."""

from pathlib import Path

import pytest

from app.contract.painting.choices import Network
from app.contract.painting.layers import by_depth, layers_of
from tests.engine.conftest import CPU
from tests.engine.features.vits import of_timm, saved
from worker.engine.errors import WeightsError
from worker.engine.features.networks import open_networks
from worker.engine.features.registry import BACKBONES, require_named
from worker.engine.hyperparameters import HYPERPARAMETERS, LayerChoice
from worker.engine.options import StylizeOptions


def test_every_network_of_the_contract_has_one_row() -> None:
    assert [*BACKBONES] == [*Network]


@pytest.mark.parametrize("network", Network)
def test_layer_choices_name_layers_that_clients_are_told(network: Network) -> None:
    for style_loss in ("wasserstein", "nearest"):
        options = StylizeOptions(style_loss=style_loss, stroke_strength=0.5)
        found = HYPERPARAMETERS.adapted(options, BACKBONES[network].layer_choice)
        assert {*found.layers} <= {*layers_of(network)}


@pytest.mark.parametrize("network", Network)
def test_layers_are_told_from_shallow_to_deep(network: Network) -> None:
    assert by_depth(reversed(layers_of(network))) == layers_of(network)


def test_a_layer_choice_gives_way_to_what_a_job_asks_for() -> None:
    layer_choice = LayerChoice(
        style_layers={"relu2_1": 1.0},
        content_layers={"relu3_1": 1.0},
        palette_layers={"relu1_2": 1.0},
    )
    plain = HYPERPARAMETERS.adapted(StylizeOptions(), layer_choice)
    assert plain.layers == ("relu2_1", "relu3_1")
    asked = StylizeOptions(content_layers={"relu5_1": 1.0}, style_loss="nearest")
    found = HYPERPARAMETERS.adapted(asked, layer_choice)
    assert found.content_layers == {"relu5_1": 1.0}
    assert found.style_layers == {"relu1_2": 1.0}


def test_a_transformer_of_another_shape_is_refused_with_both(tmp_path: Path) -> None:
    path = saved(of_timm(), tmp_path)
    with pytest.raises(WeightsError, match=r"vit\.pth holds a ViT of 2 blocks.*not a"):
        open_networks(
            CPU,
            cache_dir=tmp_path,
            weights_paths={"vit_small_16": path},
            download=False,
            convolutions="torch",
        )


def test_a_network_that_comes_by_path_alone_needs_one() -> None:
    require_named(["vgg19", "vgg16", "vit"], {"vit"})
    with pytest.raises(WeightsError, match="has vit_base_8, which comes in a file"):
        require_named(["vgg19", "vit_base_8"], {"vit"})
