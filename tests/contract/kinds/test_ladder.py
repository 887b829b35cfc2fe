"""The ladder of pictures is the engine's, and imports the standard library alone."""

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from app.contract.kinds.image import ladder
from app.contract.kinds.image.choices import Preset
from worker.engine import StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.painting import scales
from worker.engine.painting.schedule import SCHEDULES

OPTIONS: list[dict[str, Any]] = [
    *({"size_px": 512, "preset": str(preset)} for preset in Preset),
    {"size_px": 64},
    {"size_px": 1999, "steps": 3},
    {"size_px": 777, "steps": 1, "working_size_px": 300},
    {"size_px": 4096, "steps": 2, "working_size_px": 64},
    {"size_px": 512, "rungs": [[128, 200], [512, 100]]},
    {"size_px": 512, "style_strength": 0.0, "steps": 900},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("size", [(1600, 1200), (333, 1000), (64, 64), (4000, 500)])
def test_the_rungs_are_those_of_the_engine(
    options: dict[str, Any], size: tuple[int, int]
) -> None:
    theirs = scales.plan(*size, StylizeOptions(**options), HYPERPARAMETERS.detail_steps)
    ours = ladder.plan(
        *size, **options | {"preset": Preset(options.get("preset", "standard"))}
    )
    assert [(r.width_px, r.height_px, r.steps, r.work) for r in ours] == [
        (r.width_px, r.height_px, r.steps, r.work) for r in theirs
    ]


def test_the_schedules_are_those_of_the_engine() -> None:
    theirs = {str(preset): vars(each) for preset, each in SCHEDULES.items()}
    ours = {str(preset): vars(each) for preset, each in ladder.SCHEDULES.items()}
    assert ours == theirs
    assert HYPERPARAMETERS.detail_steps == ladder.DETAIL_STEPS


@pytest.mark.parametrize("name", ["choices", "ladder", "layers", "limits"])
def test_the_words_of_pictures_import_the_standard_library_alone(name: str) -> None:
    tree = ast.parse((Path(ladder.__file__).parent / f"{name}.py").read_text())
    modules = {
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    words = {f"{ladder.__package__}.{each}" for each in ("choices", "limits")}
    outer = {str(each).partition(".")[0] for each in modules - words}
    assert outer <= sys.stdlib_module_names
