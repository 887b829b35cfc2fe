"""The command that distils: what it refuses, and a run that goes on."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.distillation.test_distillation import (
    BACKBONE,
    OPTIONS,
    TEACHER,
    SameCrops,
)
from worker.engine.cli import distill
from worker.engine.datasets import open_dataset
from worker.engine.distillation import Distillation, distil, distiller, gradients
from worker.engine.errors import StateError
from worker.engine.features.extractor import uninterrupted
from worker.engine.features.weights.students import read_student


@pytest.fixture
def distillation(monkeypatch: pytest.MonkeyPatch) -> Distillation:
    monkeypatch.setattr(distiller, "Crops", SameCrops)
    for module in (distiller, gradients):
        monkeypatch.setattr(module, "STYLE_LAYERS", ("relu1_1",))
    made = Distillation(
        teacher=TEACHER,
        backbone=BACKBONE,
        dataset=replace(open_dataset("builtin"), pictures=()),
        options=replace(OPTIONS, steps=1, gradient_steps=0),
        check=uninterrupted,
    )
    monkeypatch.setattr(distill, "_distillation", lambda _: made)
    return made


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in: \.safetensors"):
        distill.distilled_text(["-o", str(tmp_path / "student.pth")])


def test_an_ended_run_goes_on(tmp_path: Path, distillation: Distillation) -> None:
    out = tmp_path / "student.safetensors"
    state = out.with_suffix(".state")
    first = next(distil(distillation))
    state.write_bytes(first.state().to_bytes())
    told = distill.distilled_text(["-o", str(out), "--steps", "1"])
    assert told.startswith(str(out))
    assert "R² learnt" in told
    assert not state.exists()
    assert read_student(out).facts["step"] == 1
    state.write_bytes(
        replace(first.state(), options=replace(OPTIONS, seed=5)).to_bytes()
    )
    with pytest.raises(StateError, match="other options"):
        distill.distilled_text(["-o", str(out), "--steps", "1", "--force"])


def test_minutes_become_steps_of_both_stages_and_their_looks() -> None:
    costs = distill._Costs(step_s=1.0, gradient_step_s=3.0, look_s=4.0)
    for left_s in (200.0, 2000.0):
        steps = distill.steps_within(left_s, costs)
        options = distill._split(OPTIONS, steps)
        spent_s = options.steps + 3 * options.gradient_steps + 4 * distiller.LOOKS
        assert 0.98 * left_s < spent_s < 1.02 * left_s
    assert distill.steps_within(1.0, costs) == 10


def test_what_was_timed_begins_as_one_that_was_not(
    distillation: Distillation,
) -> None:
    began = distill._within(distillation, 1e-3, time.monotonic())
    assert began.options.total_steps == 10
    straight = replace(began, resume_from=None)
    (*_, first), (*_, second) = distil(began), distil(straight)
    assert first.student().to_bytes() == second.student().to_bytes()
