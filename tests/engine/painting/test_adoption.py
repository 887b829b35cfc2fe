"""Other weights and masks of the paintings while a picture is painted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from PIL import Image

from tests.engine.conftest import hills, strokes
from worker.engine import (
    Controls,
    LateMask,
    PaintingState,
    Scheduled,
    StateError,
    Step,
    Style,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.losses.target_builder import TargetBuilder

OPTIONS = StylizeOptions(size_px=80, rungs=((64, 4), (80, 3)), averaging=0.0)


def left_half() -> Image.Image:
    mask = Image.new("L", hills().size)
    mask.paste(255, (0, 0, mask.width // 2, mask.height))
    return mask


def late_mask() -> LateMask:
    return LateMask("left", left_half)


PAINTINGS = (Style(image=strokes()), Style(image=hills(70, 90)))
CHANGES = {
    "weights": ({"style_weights": (1.0, 9.0)}, (1.0, 9.0), (None, None)),
    "mask": ({"mask/1": late_mask()}, (1.0, 1.0), (None, left_half())),
}
each_change = pytest.mark.parametrize(
    ("change", "weights", "masks"), CHANGES.values(), ids=CHANGES
)


def steps_of(
    engine: StyleEngine,
    controls: Controls,
    state: PaintingState | None = None,
    styles: Sequence[Style] = PAINTINGS,
) -> Iterator[Step]:
    return engine.stylize(
        hills(),
        styles,
        OPTIONS,
        controls=controls,
        resume_from=state,
        report_interval_s=0,
    )


@each_change
def test_what_a_painting_gets_later_is_as_if_it_had_had_it(
    small_engine: StyleEngine, change: dict, weights: tuple, masks: tuple
) -> None:
    found, before = [], []
    for step in steps_of(small_engine, Controls([Scheduled(2, change)])):
        found.append(step.losses)
        if step.step == 2:
            state = step.state()
    before = [step.losses for step in steps_of(small_engine, Controls())]
    assert found[:2] == before[:2]
    assert found[2] != before[2]
    styles = [
        replace(style, weight=weight, mask=mask)
        for style, weight, mask in zip(PAINTINGS, weights, masks, strict=True)
    ]
    # The state of one that has these from the start, but for how it came so far.
    others = steps_of(small_engine, Controls(), styles=styles)
    theirs = next(others).state().styling
    assert theirs != state.styling
    state = replace(state, styling=theirs)
    expected = steps_of(small_engine, Controls(), state, styles)
    assert [step.losses for step in expected] == found[2:]


@each_change
def test_going_on_after_it_ends_in_the_same_bytes(
    small_engine: StyleEngine, change: dict, weights: tuple, masks: tuple
) -> None:
    del weights, masks
    schedule = [Scheduled(3, change)]
    states = []
    for step in steps_of(small_engine, Controls(schedule)):
        states.append(step.state().to_bytes())
        whole = step.picture().tobytes()
    for taken in (3, 4, 6):
        state = PaintingState.from_bytes(states[taken - 1])
        for step in steps_of(small_engine, Controls(schedule), state):
            found = step.picture().tobytes()
        assert found == whole, f"from step {taken}"
    with pytest.raises(StateError, match="other weights or masks"):
        next(steps_of(small_engine, Controls(), state))


def test_paintings_are_not_read_again_for_other_weights(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = TargetBuilder.style_moments

    def counted(builder: TargetBuilder, *rest: object) -> object:
        read.append(step_number)
        return whole(builder, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(TargetBuilder, "style_moments", counted)
    controls, step_number = Controls(), 0
    for step in steps_of(small_engine, controls):
        step_number = step.step
        if step_number in {1, 2, 5}:
            controls.change(style_weights=[1.0, 1.5 + step_number])
    assert set(read) <= {0, 4}, "each once on each rung"
    assert len(read) <= 4


def test_null_takes_weights_and_mask_away() -> None:
    controls = Controls()
    controls.change(**{"style_weights": None, "mask/0": None})
    assert controls.take() == {"style_weights": None, "mask/0": None}


@pytest.mark.parametrize(
    "change",
    [
        {"style_weights": [1.0, 0.0]},
        {"style_weights": 1.0},
        {"mask/0": 3.0},
        {"mask/4": None},
    ],
    ids=str,
)
def test_what_no_painting_can_have_is_refused_at_once(change: dict) -> None:
    controls = Controls()
    with pytest.raises(ValueError, match=r"style_weights|mask"):
        controls.change(**change)
    assert controls.take() == {}


@pytest.mark.parametrize(
    "change",
    [
        {"style_weights": [1.0]},
        {"mask/0": LateMask("tall", lambda: Image.new("L", (20, 90), 255))},
    ],
    ids=["count", "shape"],
)
def test_what_does_not_fit_ends_the_job(
    small_engine: StyleEngine, change: dict
) -> None:
    with pytest.raises(ValueError, match=r"paintings|aspect"):
        list(steps_of(small_engine, Controls([Scheduled(1, change)])))
