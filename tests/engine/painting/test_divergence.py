"""A step into nowhere is taken back once, and fails the second time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch
from PIL import Image

from tests.engine.conftest import hills, strokes
from worker.engine import (
    MemoryMode,
    NumericalDivergenceError,
    OptimizerName,
    Precision,
    Step,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.losses.objective import Losses
from worker.engine.machine import device as devices
from worker.engine.machine.memory_plan import (
    MemoryPlan,
    estimate_bytes,
    rescue_memory_plan,
)
from worker.engine.painting import differentiation

PLAIN = StylizeOptions(size_px=80, rungs=((64, 4), (80, 4)))
Spoil = Callable[[Losses, torch.Tensor], tuple[Losses, torch.Tensor]]


def steps_of(
    engine: StyleEngine, options: StylizeOptions, report_interval_s: float = 0
) -> Iterator[Step]:
    return engine.stylize(
        hills(), strokes(), options, report_interval_s=report_interval_s
    )


def no_gradient(losses: Losses, gradient: torch.Tensor) -> tuple[Losses, torch.Tensor]:
    return losses, gradient * math.nan


def explosion(losses: Losses, gradient: torch.Tensor) -> tuple[Losses, torch.Tensor]:
    return replace(losses, style=losses.style * 1e4), gradient


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[[Spoil, set[int]], list[Vgg]]:
    """Spoil what the evaluations of these numbers give; note who looked."""

    def begin(how: Spoil, when: set[int]) -> list[Vgg]:
        looked: list[Vgg] = []
        differentiate = differentiation.differentiate

        def spoiled(
            objective: object, network: Vgg, *rest: object, recompute: bool
        ) -> tuple[Losses, torch.Tensor]:
            looked.append(network)
            found = differentiate(objective, network, *rest, recompute=recompute)  # type: ignore[arg-type]  # as they came
            return how(*found) if len(looked) in when else found

        monkeypatch.setattr(differentiation, "differentiate", spoiled)
        return looked

    return begin


@pytest.mark.parametrize("how", [no_gradient, explosion])
@pytest.mark.parametrize("optimizer", list(OptimizerName))
@pytest.mark.parametrize("when", [2, 5, 8])
def test_one_divergence_is_recovered_from(
    small_engine: StyleEngine,
    spoil: Callable[[Spoil, set[int]], list[Vgg]],
    how: Spoil,
    optimizer: OptimizerName,
    when: int,
) -> None:
    spoil(how, {when})
    steps = []
    for step in steps_of(small_engine, replace(PLAIN, optimizer=optimizer)):
        steps.append(step)
        assert all(low < high for low, high in step.picture().getextrema())
        is_rescued = step.state().is_rescued
        factor = step.state().factor
    assert steps[-1].is_last
    assert steps[-1].step == 8
    assert all(math.isfinite(each.losses.total) for each in steps)
    if how is no_gradient and optimizer is OptimizerName.LBFGS and when == 8:
        return  # what the last step tries is never looked at
    if how is explosion and when == 5:
        return  # the first of its rung: nothing to compare with
    assert is_rescued
    assert factor == 0.25


def test_the_second_divergence_fails(
    small_engine: StyleEngine, spoil: Callable[[Spoil, set[int]], list[Vgg]]
) -> None:
    spoil(no_gradient, {2, 6})
    with pytest.raises(NumericalDivergenceError, match="try a lower learning rate"):
        list(steps_of(small_engine, PLAIN))


def test_what_16_bits_could_not_hold_goes_on_in_float32(
    small_engine: StyleEngine, spoil: Callable[[Spoil, set[int]], list[Vgg]]
) -> None:
    looked = spoil(no_gradient, {2})
    options = replace(PLAIN, precision=Precision.BFLOAT16)
    *_, last = steps_of(small_engine, options)
    assert last.is_last
    found = [network.precision for network in looked]
    assert found[:2] == [Precision.BFLOAT16] * 2
    assert set(found[2:]) == {Precision.FLOAT32}
    assert len(found) == 9  # one step was for nothing


@pytest.mark.parametrize("memory", [MemoryMode.AUTO, MemoryMode.WHOLE])
def test_a_rescue_that_needs_more_memory_takes_less_at_once(
    small_engine: StyleEngine,
    spoil: Callable[[Spoil, set[int]], list[Vgg]],
    monkeypatch: pytest.MonkeyPatch,
    memory: MemoryMode,
) -> None:
    options = StylizeOptions(
        size_px=288,
        rungs=((288, 4),),
        precision=Precision.BFLOAT16,
        memory=memory,
    )
    pixels = 288 * 192
    short, full = (
        estimate_bytes(MemoryPlan(MemoryMode.WHOLE), pixels, each, options)
        for each in (Precision.BFLOAT16, Precision.FLOAT32)
    )
    free_bytes = int((short + full) / 2 / 0.9)
    monkeypatch.setattr(devices, "free_memory_bytes", lambda _: free_bytes)
    monkeypatch.setattr(
        "worker.engine.painting.iteration_state.free_memory_bytes", lambda _: None
    )
    ways = []
    tiled = differentiation.differentiate_in_tiles
    differentiate = differentiation.differentiate

    def in_whole(*rest: object, recompute: bool) -> object:
        ways.append("recompute" if recompute else "whole")
        return differentiate(*rest, recompute=recompute)  # type: ignore[arg-type]  # as they came

    def in_tiles(*rest: object) -> object:
        ways.append("tiles")
        return tiled(*rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(differentiation, "differentiate", in_whole)
    monkeypatch.setattr(differentiation, "differentiate_in_tiles", in_tiles)
    spoil(no_gradient, {2})
    *_, last = steps_of(small_engine, options)
    assert last.is_last
    assert ways[:2] == ["whole", "whole"]
    assert set(ways[2:]) == {"recompute"}


def test_a_rescue_goes_on_in_the_least_if_nothing_seems_to_fit() -> None:
    options = replace(PLAIN, memory=MemoryMode.WHOLE)
    least = MemoryPlan(MemoryMode.TILES, 128)
    assert rescue_memory_plan(2**24, Precision.FLOAT32, options, 1000) == least
    options = replace(PLAIN, memory=MemoryMode.TILES, tile_px=512)
    assert rescue_memory_plan(2**24, Precision.FLOAT32, options, 1000) == least
    whole = MemoryPlan(MemoryMode.WHOLE)
    assert rescue_memory_plan(2**24, Precision.FLOAT32, PLAIN, None) == whole


def test_a_divergence_nobody_looked_at_costs_its_rung_only(
    small_engine: StyleEngine, spoil: Callable[[Spoil, set[int]], list[Vgg]]
) -> None:
    looked = spoil(no_gradient, {7})
    numbers = [each.step for each in steps_of(small_engine, PLAIN, 1e9)]
    assert numbers == [1, 4, 5, 8]
    assert len(looked) == 8 + 3  # back to the first step of the finer rung


def test_what_was_taken_back_does_not_show(
    small_engine: StyleEngine, spoil: Callable[[Spoil, set[int]], list[Vgg]]
) -> None:
    spoil(no_gradient, {3})
    numbers = [each.step for each in steps_of(small_engine, PLAIN)]
    assert numbers == list(range(1, 9))


FLAT = Image.new("RGB", (96, 64), (120, 90, 60))


@pytest.mark.parametrize("picture", [hills(), FLAT], ids=["hills", "flat"])
@pytest.mark.parametrize(
    "choices",
    [
        {"optimizer": OptimizerName.LBFGS},
        {"style_strength": 0.01},
        {"style_strength": 0.01, "style_loss": StyleLoss.GRAM},
        {"style_loss": StyleLoss.MEAN_STD},
    ],
    ids=str,
)
def test_a_picture_in_its_own_style_does_not_explode(
    small_engine: StyleEngine, picture: Image.Image, choices: dict[str, object]
) -> None:
    # The losses begin at rounding, below zero even: all that follows is far more.
    options = StylizeOptions(
        size_px=96, rungs=((96, 20),), total_variation=0.0, **choices
    )
    for step in small_engine.stylize(picture, picture, options, report_interval_s=0):
        rescued = step.state().is_rescued
        last = step
    assert last.is_last
    assert not rescued
