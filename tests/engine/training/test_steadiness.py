"""Moved photographs: what a steady network is asked for, and what it is not."""

import pytest
import torch
from torch import Tensor

from app.contract.packs.architectures import ARCHITECTURES
from tests.engine.training.test_training import NAME, OPTIONS, last, noise, training
from worker.engine.training import TrainingOptions
from worker.engine.training.network import repainted
from worker.engine.training.steadiness import (
    Motion,
    drawn_motion,
    temporal_loss,
    unsteadiness,
)
from worker.engine.training.step import TrainingStep
from worker.engine.training.trainer import train

SIDE = 64


@pytest.fixture
def photographs() -> Tensor:
    return torch.cat([noise(1), noise(2)])


def inverted(images: Tensor) -> Tensor:
    """A picture that moves along with its photograph, wherever that goes."""
    return 1 - images


def by_place(images: Tensor) -> Tensor:
    """A picture whose pattern stays where it is while the photograph moves."""
    pattern = (torch.arange(SIDE) // 4 % 2).float()
    return images * pattern


def test_what_moves_along_costs_nothing_and_what_stays_does(
    photographs: Tensor,
) -> None:
    shift = drawn_motion(0, 3, SIDE)
    motion = Motion(shift.places, shift.known, 1.0, torch.zeros_like(shift.noise))
    still = unsteadiness(photographs, inverted(photographs), inverted, motion)
    stays = unsteadiness(photographs, by_place(photographs), by_place, motion)
    assert float(still) < 1e-4
    assert float(stays) > 100 * float(still)


def test_a_motion_moves_by_a_few_pixels_and_hangs_on_seed_and_step() -> None:
    across = torch.arange(SIDE).float().expand(1, 1, SIDE, SIDE)
    shifts = []
    for step in range(20):
        motion = drawn_motion(0, step, SIDE)
        moved = (motion.moved(across) - across)[motion.known > 0].abs()
        assert 0.5 < float(motion.known.mean()) <= 1
        assert float(moved.max()) < SIDE / 4
        shifts.append(float(moved.mean()))
    assert max(shifts) > 1
    again, other = drawn_motion(0, 0, SIDE), drawn_motion(1, 0, SIDE)
    assert torch.equal(again.places, drawn_motion(0, 0, SIDE).places)
    assert not torch.equal(again.places, other.places)


def test_light_and_noise_shall_change_nothing(photographs: Tensor) -> None:
    motion = drawn_motion(0, 1, SIDE)
    filmed, moved = motion.filmed(photographs), motion.moved(photographs)
    assert 0.005 < float((filmed - moved).abs().mean()) < 0.1
    constant = unsteadiness(photographs, photographs * 0, torch.zeros_like, motion)
    copied = unsteadiness(photographs, photographs, lambda image: image, motion)
    assert float(constant) == 0 < float(copied)


def test_it_counts_as_other_losses_do(photographs: Tensor) -> None:
    def loss(temporal: float) -> float:
        options = TrainingOptions(temporal=temporal)
        painted = by_place(photographs)
        return float(temporal_loss(photographs, painted, by_place, options, 3))

    assert loss(0) == 0
    assert loss(1) == pytest.approx(8 * loss(0.5))
    with pytest.raises(ValueError, match="temporal"):
        TrainingOptions(temporal=1.5)


def test_a_training_learns_it_and_its_pack_says_so() -> None:
    settings = {"steps": 6, "crop_px": 64, "batch_size": 1, "learning_rate": 0.02}
    plain, steady = (
        last(train(training(TrainingOptions(temporal=temporal, **settings))))
        for temporal in (0.0, 1.0)
    )
    assert steady.losses is not None
    parts = steady.losses
    sums = parts.content + parts.style + parts.total_variation + parts.temporal
    assert parts.total == pytest.approx(sums, rel=1e-4)
    assert "temporal 1" in steady.origin
    assert "temporal" not in plain.origin

    assert unsteady(steady) < 0.9 * unsteady(plain)


def unsteady(step: TrainingStep) -> float:
    """What the numbers that were learnt last do to a photograph that moves."""
    tensors = step.state().tensors
    weights = {name.removeprefix("numbers."): each for name, each in tensors.items()}

    def paint(images: Tensor) -> Tensor:
        return repainted(images, ARCHITECTURES[NAME], weights)

    with torch.no_grad():
        photograph, motion = noise(5), drawn_motion(9, 9, SIDE)
        return float(unsteadiness(photograph, paint(photograph), paint, motion))


def test_it_is_another_training() -> None:
    other = TrainingOptions(steps=6, crop_px=64, batch_size=1, temporal=0.5)
    assert training(OPTIONS).fingerprint() != training(other).fingerprint()
