"""Every network that a job may name has a row, and the layers that clients are told."""

import pytest

from app.contract.kinds.image.choices import Network
from app.contract.kinds.image.layers import by_depth, layers_of
from worker.engine.features.registry import BACKBONES
from worker.engine.hyperparameters import HYPERPARAMETERS, Recipe
from worker.engine.options import StylizeOptions


def test_every_network_of_the_contract_has_one_row() -> None:
    assert [*BACKBONES] == [*Network]


@pytest.mark.parametrize("network", Network)
def test_recipes_name_layers_that_clients_are_told(network: Network) -> None:
    for style_loss in ("wasserstein", "nearest"):
        options = StylizeOptions(style_loss=style_loss, stroke_strength=0.5)
        found = HYPERPARAMETERS.adapted(options, BACKBONES[network].recipe)
        assert {*found.layers} <= {*layers_of(network)}


@pytest.mark.parametrize("network", Network)
def test_layers_are_told_from_shallow_to_deep(network: Network) -> None:
    assert by_depth(reversed(layers_of(network))) == layers_of(network)


def test_a_recipe_gives_way_to_what_a_job_asks_for() -> None:
    recipe = Recipe(
        style_layers={"relu2_1": 1.0},
        content_layers={"relu3_1": 1.0},
        palette_layers={"relu1_2": 1.0},
    )
    plain = HYPERPARAMETERS.adapted(StylizeOptions(), recipe)
    assert plain.layers == ("relu2_1", "relu3_1")
    asked = StylizeOptions(content_layers={"relu5_1": 1.0}, style_loss="nearest")
    found = HYPERPARAMETERS.adapted(asked, recipe)
    assert found.content_layers == {"relu5_1": 1.0}
    assert found.style_layers == {"relu1_2": 1.0}
