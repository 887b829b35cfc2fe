"""Wishes to a running job: heard at the next step, refused at once if nonsense."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from tests.engine.conftest import distance, hills, paint_with, strokes
from worker.engine import (
    Controls,
    OptimizerName,
    PaintingState,
    Scheduled,
    Step,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.painting.optimizers import ProjectedLbfgs

PLAIN = StylizeOptions(size_px=80, rungs=((64, 4), (80, 4)))


def steps_of(
    engine: StyleEngine, controls: Controls, options: StylizeOptions = PLAIN
) -> Iterator[Step]:
    return engine.stylize(
        hills(), strokes(), options, controls=controls, report_interval_s=0
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"size_px": 128}, "size_px"),
        ({"steps": 9, "seed": 1}, "seed"),
        ({"style_strength": 1.5}, "0 to 1"),
        ({"style_strength": None}, "0 to 1"),
        ({"learning_rate": 3.0}, "0.001 to 0.2"),
        ({"gradient_clip": 0.0}, "0.01 to 100"),
    ],
)
def test_what_can_not_be_is_refused_at_once(
    changes: dict[str, float], reason: str
) -> None:
    controls = Controls()
    with pytest.raises(ValueError, match=reason):
        controls.change(**changes)
    assert controls.take() == {}


def test_a_wish_is_taken_once_the_latest_counts() -> None:
    controls = Controls()
    controls.change(style_strength=0.1, total_variation=2.0)
    controls.change(style_strength=0.2)
    assert controls.take() == {"style_strength": 0.2, "total_variation": 2.0}
    assert controls.take() == {}


@pytest.mark.parametrize(
    "change",
    [
        {"style_strength": 0.9},
        {"content_strength": 0.9},
        {"total_variation": 9.0},
        {"learning_rate": 0.2},
        {"gradient_clip": 0.01},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_changes_the_picture_from_the_next_step_on(
    small_engine: StyleEngine, change: dict[str, float]
) -> None:
    options = replace(PLAIN, rungs=((80, 8),), averaging=0.0)
    pictures = []
    for changes in ({}, change):
        controls = Controls()
        seen = []
        for step in steps_of(small_engine, controls, options):
            seen.append(step.picture())
            if step.step == 3 and changes:
                controls.change(**changes)
        pictures.append(seen)
    same = [one.tobytes() == two.tobytes() for one, two in zip(*pictures, strict=True)]
    assert same[:3] == [True] * 3
    # Adam forgets the gradient's length: a clip that shortens all alike shows later.
    assert not same[3 if "clip" not in next(iter(change)) else 4]


def test_a_changed_weight_shows_in_the_next_losses_alone(
    small_engine: StyleEngine,
) -> None:
    found = []
    for strength in (0.5, 1.0):
        controls = Controls()
        steps = steps_of(small_engine, controls)
        next(steps)
        controls.change(style_strength=strength)
        found.append(next(steps).losses)
    assert found[1].style == pytest.approx(8 * found[0].style)
    assert found[1].content == found[0].content


def test_a_change_holds_on_the_next_rungs_too(small_engine: StyleEngine) -> None:
    controls = Controls()
    for step in steps_of(small_engine, controls):
        if step.step == 1:
            controls.change(total_variation=0.0)
        else:
            assert step.losses.total_variation == 0
            assert step.losses.style > 0


def test_a_raised_weight_is_no_plateau(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.engine.painting.plateau._EVERY", 2)
    options = replace(PLAIN, rungs=((80, 12),), early_stop=True)
    controls = Controls()
    seen = []
    for step in steps_of(small_engine, controls, options):
        seen.append(step.step)
        if step.step == 3:
            controls.change(style_strength=0.9)
    assert seen == list(range(1, 13))


def test_lbfgs_does_not_compare_losses_of_other_weights(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[bool] = []
    step_ = ProjectedLbfgs.step

    def watched(
        optimizer: ProjectedLbfgs, image: torch.Tensor, *rest: torch.Tensor
    ) -> None:
        here = image.clone()
        step_(optimizer, image, *rest)  # type: ignore[arg-type]  # as they came
        accepted.append(torch.equal(optimizer.picture(), here))

    monkeypatch.setattr(ProjectedLbfgs, "step", watched)
    options = replace(PLAIN, rungs=((80, 8),), optimizer=OptimizerName.LBFGS)
    controls = Controls()
    for step in steps_of(small_engine, controls, options):
        if step.step == 4:
            controls.change(style_strength=1.0, content_strength=1.0)
    # The fifth evaluation is of eight times the loss: where it is, it starts anew.
    assert accepted[4]


def test_finishing_ends_with_the_next_step_at_the_full_size(
    small_engine: StyleEngine,
) -> None:
    controls = Controls()
    seen = []
    for step in steps_of(small_engine, controls):
        seen.append((step.step, step.is_last, step.stopped_early))
        size, fraction = step.picture().size, step.fraction
        if step.step == 2:
            controls.finish()
    assert seen == [(1, False, False), (2, False, False), (3, True, True)]
    assert size == (80, 53)
    assert fraction == 1.0


def test_finishing_between_two_rungs_still_gives_a_result(
    small_engine: StyleEngine,
) -> None:
    controls = Controls()
    seen = []
    for step in steps_of(small_engine, controls):
        seen.append((step.step, step.is_last, step.stopped_early))
        size = step.picture().size
        if step.step == 4:  # the last of its rung
            controls.finish()
    assert seen[-1][1:] == (True, True)
    assert len(seen) <= 5
    assert size == (80, 53)


def test_finishing_before_the_first_step_gives_one_step(
    small_engine: StyleEngine,
) -> None:
    controls = Controls()
    controls.finish()
    (step,) = [
        (each.step, each.is_last, each.stopped_early, each.picture().size)
        for each in steps_of(small_engine, controls)
    ]
    assert step == (1, True, True, (80, 53))


def test_a_finished_job_can_be_closed(small_engine: StyleEngine) -> None:
    controls = Controls()
    steps = steps_of(small_engine, controls)
    next(steps)
    controls.finish()
    last = next(steps)
    assert last.is_last
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    with pytest.raises(RuntimeError, match="this step has passed"):
        last.picture()


def test_a_picture_stopped_early_looks_like_its_rung_enlarged(
    small_engine: StyleEngine,
) -> None:
    controls = Controls()
    steps = steps_of(small_engine, controls)
    for step in steps:
        if step.step == 3:
            coarse = step.picture()
            controls.finish()
        if step.is_last:
            fine = step.picture()
    assert distance(coarse.resize(fine.size), fine) < 12


def test_untouched_controls_change_nothing(small_engine: StyleEngine) -> None:
    undisturbed, _ = paint_with(small_engine, PLAIN)
    for step in steps_of(small_engine, Controls()):
        picture = step.picture()
    assert picture.tobytes() == undisturbed.tobytes()


def test_a_schedule_is_taken_in_its_order_and_asked_changes_count_more() -> None:
    told: list[tuple[int, object]] = []
    controls = Controls(
        [
            Scheduled(9, {"style_strength": 0.9}),
            Scheduled(2, {"style_strength": 0.2, "total_variation": 2.0}),
            Scheduled(5, {"learning_rate": 0.05}, is_repeated=True),
        ],
        lambda step, changes: told.append((step, changes)),
    )
    assert controls.take(1) == {}
    controls.change(style_strength=0.3)
    # What was repeated does not come after a newer change, but with it.
    asked = {"learning_rate": 0.05, "style_strength": 0.3}
    assert controls.take(3) == {"total_variation": 2.0, **asked}
    assert told == [(3, asked)], "a schedule tells nothing"
    assert controls.take(20) == {"style_strength": 0.9}, "steps may be left out"


def test_what_lies_before_a_state_is_there_at_once() -> None:
    schedule = [Scheduled(step, {"style_strength": step / 10}) for step in (1, 2, 3)]
    controls = Controls(schedule)
    assert controls.passed(3) == {"style_strength": 0.2}
    assert controls.take(3) == {"style_strength": 0.3}


def test_a_change_keeps_adams_moments_and_their_age(small_engine: StyleEngine) -> None:
    options = replace(PLAIN, rungs=((80, 8),))
    ages = []
    for changes in ({}, {"style_strength": 0.9}):
        controls = Controls()
        for step in steps_of(small_engine, controls, options):
            if step.step == 3:
                controls.change(**changes)
            if step.step == 5:
                ages.append(step.state().tensors["walk.steps"])
    plain, changed = ages
    assert torch.equal(plain, changed), "an optimizer that began anew would be younger"


def picture_of(
    engine: StyleEngine, controls: Controls, state: PaintingState | None = None
) -> tuple[int, bytes]:
    """Return how many steps there were, and the picture."""
    steps = engine.stylize(
        hills(), strokes(), PLAIN, controls=controls, resume_from=state
    )
    for step in steps:
        last = (step.step, step.picture().tobytes())
    return last


@pytest.mark.parametrize(("wanted", "at_step", "found"), [(12, 6, 12), (3, 6, 7)])
def test_the_last_rung_may_be_made_longer_or_shorter_on_the_way(
    small_engine: StyleEngine, wanted: int, at_step: int, found: int
) -> None:
    controls = Controls([Scheduled(at_step, {"steps": wanted})])
    steps = [
        (step.step, step.total_steps, step.is_last)
        for step in steps_of(small_engine, controls)
    ]
    assert steps[at_step - 1][1] == 8, "not before"
    assert steps[-1] == (found, found, True)


@pytest.mark.parametrize("at_step", [2, 6, 8])
def test_further_steps_from_a_state_paint_what_they_would_have_without_a_break(
    small_engine: StyleEngine, at_step: int
) -> None:
    change = Scheduled(at_step, {"steps": 14, "style_strength": 0.9})
    whole = picture_of(small_engine, Controls([change]))
    assert whole[0] == 14
    for step in steps_of(small_engine, Controls()):
        if step.step == at_step:
            state = PaintingState.from_bytes(step.state().to_bytes())
    assert picture_of(small_engine, Controls([change]), state) == whole
    for step in steps_of(small_engine, Controls([change])):
        if step.step == 11:
            later = step.state()
    assert picture_of(small_engine, Controls([change]), later) == whole


@pytest.mark.parametrize("at_step", [2, 6])
def test_finishing_what_rests_takes_no_further_step(
    small_engine: StyleEngine, at_step: int
) -> None:
    for step in steps_of(small_engine, Controls()):
        if step.step == at_step:
            state, picture = step.state(), step.picture()
    controls = Controls()
    controls.finish()
    (last,) = [
        (each.step, each.is_last, each.stopped_early, each.picture())
        for each in small_engine.stylize(
            hills(), strokes(), PLAIN, controls=controls, resume_from=state
        )
    ]
    assert last[:3] == (at_step, True, True)
    assert last[3].size == (80, 53)
    if at_step == 6:
        assert last[3].tobytes() == picture.tobytes()
