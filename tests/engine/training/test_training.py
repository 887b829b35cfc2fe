"""Training with a small seeded network: what it learns, and what it goes on from."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from PIL import Image

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName
from app.contract.packs.info import PackInfo
from tests.engine.conftest import small_network
from worker.engine import Scheduled
from worker.engine.errors import StateError, TrainingDivergedError
from worker.engine.feedforward import Pack
from worker.engine.feedforward.network import TransformNetwork
from worker.engine.training import TrainingControls, TrainingOptions, TrainingState
from worker.engine.training.gate import cost_of
from worker.engine.training.network import repainted
from worker.engine.training.options import Trained
from worker.engine.training.step import TrainingStep
from worker.engine.training.trainer import Training, train
from worker.engine.training.weights import drawn_weights

INFO = PackInfo(name="waves", licence="CC0", origin="a test")
NAME = ArchitectureName.ARBITRARY  # the smaller one
OPTIONS = TrainingOptions(steps=6, crop_px=64, batch_size=1)


def noise(seed: int, size: int = 64) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 8, 8, generator=random)
    return torch.nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")


def training(options: TrainingOptions = OPTIONS, **changes: Any) -> Training:
    painting = Image.effect_noise((64, 64), 80).convert("RGB")
    settings: dict[str, Any] = {
        "painting": painting.point(lambda level: level // 64 * 64),
        "piece": noise,
        "photographs_sha256": "of noise",
        "held_out": [noise(900)],
        "start_label": "drawn",
        "start": drawn_weights(NAME, 0),
        "architecture": NAME,
        "network": small_network(),
        "options": options,
        "controls": TrainingControls(),
        "check": lambda: None,
    }
    return Training(**{**settings, **changes})


@pytest.fixture(scope="module")
def painting() -> Image.Image:
    levels = (noise(77, 96)[0] * 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(levels)


def last(steps: Iterator[TrainingStep]) -> TrainingStep:
    return [*steps][-1]


def test_it_computes_what_the_fast_engine_does() -> None:
    for name, shape in ARCHITECTURES.items():
        weights = drawn_weights(name, 1)
        image = torch.cat([noise(1, 48), noise(2, 48)])
        network = TransformNetwork(shape, weights)
        condition = {n: weights[n] for n in shape.style_shapes()}
        with torch.no_grad():
            found = repainted(image, shape, weights)
            wanted = torch.cat([network(each[None], condition) for each in image])
        assert torch.allclose(found, wanted.sigmoid(), atol=2e-4)


def test_one_that_goes_on_ends_with_the_same_bytes(painting: Image.Image) -> None:
    whole = last(train(training(painting=painting))).pack(INFO).to_bytes()
    steps = train(training(painting=painting))
    state = next(step.state() for step in steps if step.step == 4).to_bytes()
    resumed = training(painting=painting, resume_from=TrainingState.from_bytes(state))
    assert last(train(resumed)).pack(INFO).to_bytes() == whole
    assert Pack.from_bytes(whole).architecture is NAME


def test_the_losses_fall_and_the_best_step_is_kept(painting: Image.Image) -> None:
    options = TrainingOptions(steps=30, crop_px=64, batch_size=1, learning_rate=0.02)
    steps = [*train(training(options, painting=painting))]
    losses = [step.losses.total for step in steps if step.losses]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    costs = [cost_of(point.score) for point in steps[-1].curve]
    assert cost_of(steps[-1].best.score) == min(costs) < costs[0]
    assert (steps[0].step, steps[0].losses) == (0, None)


def test_norms_leave_the_kernels_alone(painting: Image.Image) -> None:
    options = TrainingOptions(steps=25, crop_px=64, batch_size=1, trained=Trained.NORMS)
    pack = last(train(training(options, painting=painting))).pack(INFO)
    start = drawn_weights(NAME, 0)
    assert all(torch.equal(start[name], each) for name, each in pack.kernels.items())


def test_another_trainings_state_is_refused(painting: Image.Image) -> None:
    state = next(iter(train(training(painting=painting)))).state()
    other = TrainingOptions(steps=6, crop_px=64, batch_size=1, seed=5)
    with pytest.raises(StateError, match="another training"):
        next(iter(train(training(other, painting=painting, resume_from=state))))
    damaged = bytearray(state.to_bytes())
    damaged[-1] ^= 1
    with pytest.raises(StateError, match="damaged"):
        TrainingState.from_bytes(bytes(damaged))


def test_changes_hold_from_the_next_step_on_and_can_be_repeated() -> None:
    taken = []
    controls = TrainingControls(taken=lambda *each: taken.append(each))
    assert controls.options_at(0, OPTIONS) is OPTIONS
    controls.change({"steps": 3, "learning_rate": 0.01})
    assert controls.options_at(2, OPTIONS).steps == 3
    assert taken == [(2, {"steps": 3, "learning_rate": 0.01})]
    again = TrainingControls(Scheduled(*each) for each in taken)
    assert again.options_at(1, OPTIONS).steps == 6
    assert again.options_at(2, OPTIONS).learning_rate == 0.01
    with pytest.raises(ValueError, match="crop_px"):
        controls.change({"crop_px": 96})


def test_a_schedule_comes_after_what_is_asked_before_it() -> None:
    sent = Scheduled(4, {"style_strength": 0.9})
    before = Scheduled(4, {"content_strength": 0.9}, is_repeated=True)
    taken = []
    controls = TrainingControls([sent, before], lambda *each: taken.append(each))
    controls.change({"style_strength": 0.1})
    now = controls.options_at(2, OPTIONS)
    assert (now.style_strength, now.content_strength) == (0.1, 0.9)
    assert taken == [(2, {"style_strength": 0.1, "content_strength": 0.9})]
    assert controls.options_at(4, OPTIONS).style_strength == 0.9


def test_finishing_keeps_the_best(painting: Image.Image) -> None:
    controls = TrainingControls()
    for step in train(training(painting=painting, controls=controls)):
        if step.step == 2:
            controls.is_finishing = True
    assert (step.step, step.is_last, step.stopped_early) == (3, True, True)
    assert step.curve[-1].step == 3


def test_one_that_diverges_is_rescued_once(painting: Image.Image) -> None:
    class Broken:
        """Pieces that are not a number from the third on."""

        def __init__(self, broken: range) -> None:
            self.asked, self.broken = 0, broken

        def __call__(self, number: int) -> torch.Tensor:
            self.asked += 1
            is_broken = self.asked in self.broken
            return torch.full((1, 3, 64, 64), torch.nan) if is_broken else noise(number)

    once = Broken(range(3, 4))
    done = last(train(training(painting=painting, piece=once)))
    assert (done.step, done.state().factor) == (6, 0.5)
    with pytest.raises(TrainingDivergedError, match="learning_rate"):
        last(train(training(painting=painting, piece=Broken(range(3, 99)))))
