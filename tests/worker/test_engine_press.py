"""The translator: the user's words and the engine's mean the same."""

import threading
from types import SimpleNamespace

import pytest
from PIL import Image

from app.contract import parameters as slip
from app.contract.failures import FailureCode
from worker import engine
from worker.engine import options as engine_options
from worker.engine.schedule import SCHEDULES
from worker.engine_press import EnginePress, options_of
from worker.press import PaintingFailedError, PaintingInterruptedError


def test_presets_and_losses_have_the_same_names_on_both_sides() -> None:
    assert [*slip.Preset] == [*engine.Preset]
    assert [*slip.StyleLoss] == [*engine.StyleLoss]
    assert [*slip.Color] == [*engine.Color]
    assert [*slip.Start] == [*engine.Start]


def test_slip_promises_the_steps_that_the_engine_takes() -> None:
    assert {str(name): schedule.steps for name, schedule in SCHEDULES.items()} == {
        str(name): steps for name, steps in slip.STEPS_OF_PRESET.items()
    }


def test_bounds_and_defaults_are_the_same_on_both_sides() -> None:
    assert slip.MIN_SIZE_PX == engine_options.MIN_SIZE_PX
    assert slip.MAX_SIZE_PX == engine_options.MAX_SIZE_PX
    assert slip.MIN_STYLE_SCALE == engine_options.MIN_STYLE_SCALE
    assert slip.MAX_STYLE_SCALE == engine_options.MAX_STYLE_SCALE
    assert slip.MAX_SEED == engine_options.MAX_SEED
    sent_nothing = slip.StyleTransferParameters(seed=0).resolve()
    defaults = engine.StylizeOptions()
    assert options_of(sent_nothing) == engine.StylizeOptions(
        steps=SCHEDULES[defaults.preset].steps
    )


def test_every_parameter_reaches_the_engine() -> None:
    params = slip.StyleTransferParameters(
        preset="high",
        size=300,
        style_strength=0.9,
        content_strength=0.2,
        style_loss="gram",
        color="matched",
        style_scale=2.5,
        start="noise",
        steps=17,
        seed=123,
    ).resolve()
    assert options_of(params) == engine.StylizeOptions(
        preset=engine.Preset.HIGH,
        size_px=300,
        style_strength=0.9,
        content_strength=0.2,
        style_loss=engine.StyleLoss.GRAM,
        color=engine.Color.MATCHED,
        style_scale=2.5,
        start=engine.Start.NOISE,
        steps=17,
        seed=123,
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (engine.OutOfMemoryError("9 GB"), FailureCode.OUT_OF_MEMORY),
        (engine.NumericalDivergenceError("NaN"), FailureCode.NUMERICAL_DIVERGENCE),
        (engine.WeightsError("gone"), FailureCode.INTERNAL_ERROR),
    ],
)
def test_engine_errors_become_the_slips_failures(
    error: Exception, code: FailureCode
) -> None:
    with pytest.raises(PaintingFailedError) as caught:
        paint_with_engine_that_raises(error)
    assert caught.value.code is code
    assert str(caught.value) == str(error)


def test_interruption_is_not_a_failure() -> None:
    with pytest.raises(PaintingInterruptedError):
        paint_with_engine_that_raises(engine.Interrupted("asked to stop"))


def paint_with_engine_that_raises(error: Exception) -> None:
    def stylize(*arguments: object, **options: object):
        raise error
        yield

    press = EnginePress(SimpleNamespace(stylize=stylize))  # type: ignore[arg-type]
    picture = Image.new("RGB", (64, 64))
    params = slip.StyleTransferParameters().resolve()
    list(press.paint(picture, picture, params, threading.Event()))
