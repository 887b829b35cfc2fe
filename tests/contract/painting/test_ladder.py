"""The ladder of pictures is the engine's, and imports the standard library alone."""

import ast
import itertools
import sys
from pathlib import Path

import pytest

from app.contract.painting import ladder
from app.contract.painting.choices import Preset
from app.contract.painting.ladder import SCHEDULES, Schedule, fit, share_out


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


PLAIN = Schedule(60, coarsest_px=120, coarseness=2.0, rungs_per_octave=1)


def test_a_known_ladder() -> None:
    rungs = ladder.ladder(1024, 768, 512, PLAIN, 70)
    assert [(each.width_px, each.height_px) for each in rungs] == [
        (128, 96),
        (256, 192),
        (512, 384),
    ]
    steps = [each.steps for each in rungs]
    assert sum(steps) == 70
    assert steps[0] == pytest.approx(2 * steps[1], abs=3)


SIZES_PX = (64, 65, 100, 257, 512, 2048)
ASPECTS = ((1, 1), (4, 3), (3, 4), (8, 1), (1, 8), (1001, 997))


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 250, 2000])
def test_every_ladder_climbs_to_the_exact_size_in_all_its_steps(
    preset: Preset, steps: int
) -> None:
    for size_px, (width, height) in itertools.product(SIZES_PX, ASPECTS):
        rungs = ladder.ladder(width, height, size_px, SCHEDULES[preset], steps)
        assert sum(each.steps for each in rungs) == steps
        assert all(each.steps >= 1 for each in rungs)
        scales_px = [each.scale_px for each in rungs]
        assert scales_px == sorted(set(scales_px))
        assert scales_px[-1] == size_px
        assert (rungs[-1].width_px >= rungs[-1].height_px) == (width >= height)


def test_the_aspect_is_kept_and_no_side_vanishes() -> None:
    assert fit(300, 200, 64) == (64, 43)
    assert fit(200, 300, 64) == (43, 64)
    assert fit(5000, 3, 64) == (64, 1)


def test_one_step_is_spent_at_full_size() -> None:
    (rung,) = ladder.ladder(100, 100, 512, PLAIN, 1)
    assert (rung.scale_px, rung.steps) == (512, 1)


def test_parts_add_up_and_none_is_empty() -> None:
    assert share_out(3, [100.0, 1.0, 1.0]) == [1, 1, 1]
    assert share_out(103, [98.0, 1.0, 1.0]) == [99, 2, 2]
