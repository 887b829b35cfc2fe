"""The contract's reckoning of work is the engine's own ladder."""

from typing import Any

import pytest

from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import resolve
from app.contract.kinds.image.work import result_size, work_of
from app.contract.painting.choices import Preset
from app.contract.painting.ladder import work_of_steps
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.painting.scales import plan
from worker.runners.image.options import options_of

SIZES = [(1600, 1200), (333, 1000), (64, 64), (4000, 500)]
ASKED: list[dict[str, Any]] = [
    *({"preset": str(preset)} for preset in Preset),
    {"size": 64},
    {"size": 2048, "preset": "high"},
    {"size": 1999, "steps": 3},
    {"steps": 1, "size": 777, "working_size": 300},
    {"working_size": 256, "size": 1024},
    {"working_size": 64, "size": 4096, "steps": 2},
    {"rungs": [[128, 200], [512, 100]]},
    {"style_strength": 0.0, "steps": 900},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_work_is_that_of_the_engines_ladder(
    asked: dict[str, Any], width: int, height: int
) -> None:
    params = StyleTransferParameters.model_validate(asked)
    steps = HYPERPARAMETERS.detail_steps
    rungs = plan(width, height, options_of(resolve(params)), steps)
    work = sum(rung.work for rung in rungs) / 1e6
    assert work_of(params, width, height) == pytest.approx(work, rel=1e-12)


@pytest.mark.parametrize("preset", Preset)
def test_work_of_steps_is_that_of_a_plain_ladder(preset: Preset) -> None:
    params = StyleTransferParameters(preset=preset, size=800, steps=90)
    width, height = result_size(1600, 1200, 800)
    assert (width, height) == (800, 600)
    plain = work_of_steps(preset, 90, width, height)
    assert plain == work_of(params, 1600, 1200)
