"""The ladder is a pure function of integers."""

import itertools

import pytest

from worker.engine.choices import Preset
from worker.engine.images import fit
from worker.engine.painting.scales import ladder, share_out
from worker.engine.painting.schedule import SCHEDULES, Schedule

PLAIN = Schedule(60, coarsest_px=120, coarseness=2.0, rungs_per_octave=1)


def test_a_known_ladder() -> None:
    rungs = ladder(1024, 768, 512, PLAIN, 70)
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
        rungs = ladder(width, height, size_px, SCHEDULES[preset], steps)
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
    (rung,) = ladder(100, 100, 512, PLAIN, 1)
    assert (rung.scale_px, rung.steps) == (512, 1)


def test_parts_add_up_and_none_is_empty() -> None:
    assert share_out(3, [100.0, 1.0, 1.0]) == [1, 1, 1]
    assert share_out(103, [98.0, 1.0, 1.0]) == [99, 2, 2]
