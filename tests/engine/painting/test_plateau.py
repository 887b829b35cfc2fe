"""A loss that has stopped falling is told from one that falls slowly."""

import pytest
import torch

from tests.engine.conftest import paint_with
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.painting.plateau import Plateau


def flat_at(losses: list[float]) -> int | None:
    plateau = Plateau()
    for number, loss in enumerate(losses, start=1):
        if plateau.add(torch.tensor([loss])):
            assert plateau.is_flat
            return number
        assert not plateau.is_flat
    return None


def test_a_flat_loss_is_noticed_when_there_is_something_to_compare_with() -> None:
    assert flat_at([1.0] * 200) == 100


@pytest.mark.parametrize(("fall", "expected"), [(0.9985, None), (0.9995, 100)])
def test_the_limit_is_a_thousandth_in_fifty_steps(
    fall: float, expected: int | None
) -> None:
    assert flat_at([fall ** (number / 50) for number in range(300)]) == expected


def test_noise_is_smoothed_away() -> None:
    noisy = [0.99 ** (n / 50) * (1.02 if n % 2 else 0.98) for n in range(300)]
    assert flat_at(noisy) is None


def test_a_rising_loss_is_no_fall() -> None:
    assert flat_at([1 + n / 1000 for n in range(200)]) == 100


def test_a_batch_stops_when_all_its_losses_together_are_flat() -> None:
    plateau = Plateau()
    found = [plateau.add(torch.tensor([1.0, 0.9 ** (n / 50)])) for n in range(100)]
    assert not any(found)


@pytest.mark.parametrize("at", [49, 50, 51, 100])
def test_it_goes_on_from_its_state(at: int) -> None:
    losses = [torch.tensor([1.0])] * 100
    first, second = Plateau(), Plateau()
    for loss in losses[:at]:
        first.add(loss)
    second.restore(first.state())
    assert second.is_flat == first.is_flat == (at == 100)
    found = [second.add(loss) for loss in losses[at:]]
    assert found == [False] * (99 - at) + [True] * (at < 100)


def test_a_flat_rung_is_left_and_the_next_one_is_walked(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.engine.painting.plateau._EVERY", 3)
    monkeypatch.setattr("worker.engine.painting.plateau._LEAST_FALL", 0.9)
    options = StylizeOptions(size_px=80, rungs=((64, 20), (80, 20)), early_stop=True)
    _, steps = paint_with(small_engine, options, report_interval_s=0)
    assert [each.scale for each in steps] == [1] * 6 + [2] * 6
    assert steps[-1].is_last
    assert steps[-1].fraction == 1.0
    _, all_steps = paint_with(
        small_engine,
        StylizeOptions(size_px=80, rungs=((64, 20), (80, 20))),
        report_interval_s=0,
    )
    assert len(all_steps) == 40


def test_a_loss_that_rounding_holds_below_zero_is_flat() -> None:
    assert flat_at([-0.02] * 200) == 100
    assert flat_at([-0.02 - n / 1000 for n in range(300)]) is None
