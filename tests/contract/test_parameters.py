import pytest
from pydantic import ValidationError

from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import ResolvedParameters, resolve
from app.contract.painting.choices import STEPS_OF_PRESET, Network, Preset
from app.contract.painting.layers import VGG16_LAYERS, VGG19_LAYERS, layers_of
from app.contract.painting.limits import MAX_SEED


def test_every_preset_has_its_steps() -> None:
    assert set(STEPS_OF_PRESET) == set(Preset)


@pytest.mark.parametrize("preset", Preset)
def test_steps_come_from_the_preset_unless_given(preset: Preset) -> None:
    steps = resolve(StyleTransferParameters(preset=preset)).steps
    assert steps == STEPS_OF_PRESET[preset]
    assert resolve(StyleTransferParameters(preset=preset, steps=7)).steps == 7


def test_a_seed_is_drawn_unless_given() -> None:
    drawn = {resolve(StyleTransferParameters()).seed for _ in range(8)}
    assert len(drawn) == 8
    assert all(0 <= seed <= MAX_SEED for seed in drawn)
    assert resolve(StyleTransferParameters(seed=0)).seed == 0


def test_rungs_take_the_place_of_steps() -> None:
    rungs = ((64, 10), (256, 5))
    resolved = resolve(StyleTransferParameters(rungs=rungs, size=256))
    assert (resolved.rungs, resolved.steps) == (rungs, None)
    assert resolve(resolved) == resolved


def test_every_painting_has_a_weight() -> None:
    assert resolve(StyleTransferParameters()).style_weights == (1.0,)
    assert resolve(StyleTransferParameters(), 3).style_weights == (1.0, 1.0, 1.0)
    given = StyleTransferParameters(style_weights=(1, 0.5))
    assert resolve(given, 2).style_weights == (1.0, 0.5)


def test_a_record_of_before_there_were_weights_is_still_read() -> None:
    old = ResolvedParameters.model_validate_json('{"steps": 100, "seed": 7}')
    assert old.style_weights == (1.0,)
    with pytest.raises(ValidationError):
        ResolvedParameters.model_validate_json('{"seed": 7}')


def test_layers_are_those_of_the_network() -> None:
    for network in Network:
        all_layers = dict.fromkeys(layers_of(network), 1.0)
        StyleTransferParameters(network=network, style_layers=all_layers)
    assert set(VGG19_LAYERS) - set(VGG16_LAYERS) == {"relu3_4", "relu4_4", "relu5_4"}
    assert layers_of(Network.VGG16_TORCHVISION) == VGG16_LAYERS


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"size": 256, "working_size": 257}, "working_size"),
        ({"steps": 3, "rungs": [(512, 1)]}, "rungs"),
        ({"rungs": [(256, 1)]}, "rungs"),
        ({"network": "vgg16", "style_layers": {"relu3_4": 1}}, "style_layers"),
    ],
)
def test_a_contradiction_is_told_by_the_field_that_makes_it(
    wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        StyleTransferParameters(**wrong)  # type: ignore[arg-type]
    (error,) = caught.value.errors()
    assert error["loc"] == (field,)


def test_posting_the_resolved_values_back_changes_nothing() -> None:
    resolved = resolve(
        StyleTransferParameters(
            preset=Preset.HIGH,
            size=300,
            style_layers={"relu1_1": 2},
            style_weights=(2,),
        )
    )
    again = resolve(StyleTransferParameters(**resolved.model_dump()))
    assert again == resolved == resolve(resolved)
    assert (
        ResolvedParameters.model_validate_json(resolved.model_dump_json()) == resolved
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 63},
        {"size": 4097},
        {"working_size": 513},
        {"rungs": [(64, 1), (512, 1)], "steps": 3},
        {"rungs": [(64, 1), (512, 1)], "working_size": 128},
        {"rungs": [(512, 1), (64, 1)]},
        {"rungs": [(512, 1), (512, 1)]},
        {"rungs": [(64, 1), (500, 1)]},
        {"rungs": [(63, 1), (512, 1)]},
        {"rungs": [(512, 0)]},
        {"rungs": [(512, 10_001)]},
        {"rungs": [(512, 1, 1)]},
        {"rungs": []},
        {"rungs": [(64 + k, 1) for k in range(17)], "size": 80},
        {"style_layers": {}},
        {"style_layers": {"relu1_1": 0}},
        {"style_layers": {"relu1_1": -1}},
        {"style_layers": {"relu1_1": 10_001}},
        {"style_layers": {"relu1_1": float("nan")}},
        {"style_layers": {"relu6_1": 1}},
        {"content_layers": {"relu4_4": 1}, "network": "vgg16"},
        {"style_weights": (0,)},
        {"style_weights": (0.0009,)},
        {"style_weights": (101,)},
        {"style_weights": (float("nan"),)},
        {"style_weights": (1, 1, 1, 1, 1)},
        {"total_variation": 10.1},
        {"style_scale": 0.2},
        {"learning_rate": 0.0009},
        {"learning_rate": 0.21},
        {"gradient_clip": 0},
        {"averaging": 1.1},
        {"tile_size": 127},
        {"tile_size": 4097},
        {"tile_size": 200},
        {"network": "vgg11"},
        {"optimizer": "sgd"},
        {"precision": "int8"},
        {"memory": "none"},
        {"pooling": "min"},
        {"learning_rate_schedule": "step"},
        {"steps": 0},
        {"steps": 2001},
        {"seed": -1},
        {"seed": 2**31},
        {"style_strength": 1.01},
        {"style_strength": float("nan")},
        {"content_strength": -0.01},
        {"content_strength": float("inf")},
        {"preset": "ultra"},
        {"style_loss": "l2"},
        {"sise": 64},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StyleTransferParameters(**wrong)  # type: ignore[arg-type]
