"""The command that distils: what it refuses, and a run that goes on."""

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
