"""What a job's steps say of its pace, and what is learnt from its end."""

import pytest

from app.contract.updates import Update
from tests.fakes.runner import FakeRunner, FakeTick
from tests.stores.new_jobs import a_row
from tests.worker.harness import WorkerHarness
from worker.attempt.pace import Pace


def at(step: int, elapsed_s: float) -> Update:
    return FakeTick(step, 100, elapsed_s=elapsed_s).update


def test_pace_is_that_since_the_first_step() -> None:
    pace = Pace()
    pace.told(at(1, elapsed_s=9.0))  # preparation, and one step
    progress = pace.told(at(21, elapsed_s=11.0))
    assert progress.steps_per_second == pytest.approx(10)
    assert progress.eta_seconds == pytest.approx(7.9)
    assert progress.elapsed_seconds == 11


def test_first_step_knows_no_better_than_all_that_has_passed() -> None:
    progress = Pace().told(at(1, elapsed_s=2.0))
    assert progress.steps_per_second == pytest.approx(0.5)
    assert progress.eta_seconds == pytest.approx(198)


def test_before_the_first_step_no_pace_is_known() -> None:
    progress = Pace().told(at(0, elapsed_s=0.0))
    assert (progress.steps_per_second, progress.eta_seconds) == (0.0, 0.0)


def test_steps_of_an_earlier_attempt_are_no_part_of_the_pace() -> None:
    progress = Pace().told(at(50, elapsed_s=2.0), resumed_from_step=46)
    assert progress.steps_per_second == pytest.approx(2)
    assert progress.eta_seconds == pytest.approx(25)


def test_step_that_took_no_time_divides_by_nothing() -> None:
    pace = Pace()
    for _ in range(2):
        progress = pace.told(at(1, elapsed_s=0.0))
        assert (progress.steps_per_second, progress.eta_seconds) == (0, 0)


def test_point_of_the_curve_has_every_term_and_its_scale() -> None:
    progress = Pace().told(at(3, elapsed_s=1.0))
    assert progress.row == a_row(3, 1, 3.0, 1.0, 1.5, 0.5)


def test_finished_job_leaves_a_sample_of_what_it_cost() -> None:
    harness = WorkerHarness(FakeRunner(step_s=0.02, scales=2))
    wanted = {"size": 64, "preset": "draft", "optimizer": "lbfgs", "memory": "whole"}
    content, style = harness.upload("red"), harness.upload("blue")
    job_id = harness.order_of(content, style, style, steps=6, **wanted)
    harness.handler.handle(job_id)
    outcome = harness.ledger.get(job_id).outcome
    assert outcome is not None
    (sample,) = harness.ledger.samples()
    assert (sample.device, sample.precision, sample.convolutions) == (
        "cpu",
        "float32",
        "torch",
    )
    assert sample.traits == {
        "network": "vgg19",
        "style_loss": "wasserstein",
        "optimizer": "lbfgs",
        "memory": "whole",
        "preset": "draft",
        "precision": "auto",
        "width": 64,
        "height": 48,
        "styles": 2,
    }
    assert sample.steps == 6
    assert sample.work == 64 * 48 * 6 / 1e6  # so small a picture has one rung
    assert sample.setup_seconds == outcome.setup_seconds
    # Five steps after the first one; storing is not optimization.
    assert 0.09 < sample.predict_seconds <= outcome.predict_seconds
    assert harness.ledger.counters()["steps"] == 6


def test_job_that_was_stopped_early_leaves_no_sample() -> None:
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit(steps=50)
    harness.ledger.requests.finish(job_id)
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).outcome is not None
    assert harness.ledger.samples() == []


def test_job_that_may_leave_a_scale_early_leaves_no_sample() -> None:
    harness = WorkerHarness(FakeRunner())
    content, style = harness.upload("red"), harness.upload("blue")
    job_id = harness.order_of(content, style, steps=6, early_stop=True)
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).outcome is not None
    assert harness.ledger.samples() == []
