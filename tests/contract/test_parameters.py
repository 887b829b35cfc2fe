import pytest
from pydantic import ValidationError

from app.contract.parameters import (
    MAX_SEED,
    STEPS_OF_PRESET,
    Preset,
    ResolvedParameters,
    StyleTransferParameters,
)


def test_every_preset_has_its_steps() -> None:
    assert set(STEPS_OF_PRESET) == set(Preset)


@pytest.mark.parametrize("preset", Preset)
def test_steps_come_from_the_preset_unless_given(preset: Preset) -> None:
    steps = StyleTransferParameters(preset=preset).resolve().steps
    assert steps == STEPS_OF_PRESET[preset]
    assert StyleTransferParameters(preset=preset, steps=7).resolve().steps == 7


def test_a_seed_is_drawn_unless_given() -> None:
    drawn = {StyleTransferParameters().resolve().seed for _ in range(8)}
    assert len(drawn) == 8
    assert all(0 <= seed <= MAX_SEED for seed in drawn)
    assert StyleTransferParameters(seed=0).resolve().seed == 0


def test_posting_the_resolved_values_back_changes_nothing() -> None:
    resolved = StyleTransferParameters(preset=Preset.HIGH, size=300).resolve()
    again = StyleTransferParameters(**resolved.model_dump()).resolve()
    assert again == resolved == resolved.resolve()
    assert (
        ResolvedParameters.model_validate_json(resolved.model_dump_json()) == resolved
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 63},
        {"size": 2049},
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
