"""L-BFGS: one evaluation a step, inside the box, each picture on its own."""

import pytest
import torch
from torch import Tensor

from worker.engine.painting.optimizers import ProjectedLbfgs, lbfgs

Point = tuple[Tensor, Tensor]


def valley(image: Tensor) -> Point:
    """A quadratic a thousand times steeper in one direction; its minimum is in the box.

    Returns losses (N,) and the gradient of their sum.
    """
    steepness = torch.logspace(0, 3, image[0].numel()).view(image.shape[1:])
    wanted = torch.linspace(0.2, 0.8, image[0].numel()).view(image.shape[1:])
    difference = image - wanted
    losses = (steepness * difference.square()).sum(dim=(1, 2, 3))
    return losses, 2 * steepness * difference


def go_down(optimizer: ProjectedLbfgs, image: Tensor, steps: int) -> list[Tensor]:
    seen = []
    for _ in range(steps):
        losses, gradient = valley(image)
        seen.append(losses)
        optimizer.step(image, losses, gradient, 1.0)
        assert float(image.min()) >= 0
        assert float(image.max()) <= 1
    return seen


def test_a_narrow_valley_is_walked_down_in_few_steps() -> None:
    image = torch.full((1, 3, 4, 4), 0.5)
    optimizer = ProjectedLbfgs(20)
    first, *_, last = go_down(optimizer, image, 60)
    assert float(last) < 1e-5 * float(first)
    # The picture is a place that was looked at, not the one being tried.
    assert float(valley(optimizer.picture())[0]) <= float(last) * 1.001


def test_a_minimum_outside_the_box_is_met_at_its_wall() -> None:
    image = torch.full((1, 3, 2, 2), 0.5)
    optimizer = ProjectedLbfgs(20)
    for _ in range(30):
        losses = (image - 2).square().sum(dim=(1, 2, 3))
        optimizer.step(image, losses, 2 * (image - 2), 1.0)
    assert torch.allclose(optimizer.picture(), torch.ones_like(image))


def test_a_step_that_raised_the_loss_is_taken_back_and_tried_shorter() -> None:
    image = torch.full((1, 3, 2, 2), 0.5)
    optimizer = ProjectedLbfgs(20)
    slope = torch.ones_like(image)
    optimizer.step(image, torch.tensor([1.0]), slope, 1.0)
    whole = float((0.5 - image).mean())
    optimizer.step(image, torch.tensor([9.0]), slope, 1.0)
    assert float((0.5 - image).mean()) == pytest.approx(whole / 4, rel=1e-4)
    assert torch.equal(optimizer.picture(), torch.full_like(image, 0.5))
    optimizer.step(image, torch.tensor([float("nan")]), slope, 1.0)
    assert float((0.5 - image).mean()) == pytest.approx(whole / 16, rel=1e-4)


def test_pictures_of_a_batch_walk_as_they_would_alone() -> None:
    both = torch.stack([torch.full((3, 4, 4), 0.5), torch.full((3, 4, 4), 0.9)])
    alone = both[1:].clone()
    go_down(ProjectedLbfgs(20), both, 15)
    go_down(ProjectedLbfgs(20), alone, 15)
    assert torch.allclose(both[1:], alone, atol=1e-5)


def test_a_new_rung_forgets_the_curvature_of_the_last() -> None:
    image = torch.full((1, 3, 4, 4), 0.5)
    optimizer = ProjectedLbfgs(20)
    go_down(optimizer, image, 5)
    optimizer.begin_rung(8, 8, 5)
    with pytest.raises(RuntimeError, match="no step"):
        optimizer.picture()
    go_down(optimizer, torch.full((1, 3, 8, 8), 0.5), 5)
    assert optimizer.picture().shape == (1, 3, 8, 8)


def test_it_remembers_no_more_than_its_history() -> None:
    optimizer = ProjectedLbfgs(4)
    go_down(optimizer, torch.full((1, 3, 4, 4), 0.5), 12)
    assert sum(name.endswith(".step") for name in optimizer.state()) == 4


def refused_at(
    optimizer: ProjectedLbfgs, image: Tensor, steps: int, refused: set[int]
) -> None:
    """Walk down the valley; what the steps of these numbers tried is worse."""
    for number in range(steps):
        losses, gradient = valley(image)
        if number in refused:
            losses = losses + 1e6
        optimizer.step(image, losses, gradient, 1.0)


def test_a_refused_step_pushes_no_curvature_out() -> None:
    image = torch.full((1, 3, 4, 4), 0.5)
    optimizer = ProjectedLbfgs(4)
    refused_at(optimizer, image, 8, set())
    before = optimizer.state()
    losses, gradient = valley(image)
    for _ in range(2):
        optimizer.step(image, losses + 1e6, gradient, 1.0)
    after = optimizer.state()
    names = [name for name in before if name[0].isdigit()]
    assert len(names) == 12
    assert all(torch.equal(after[name], before[name]) for name in names)


def test_a_step_without_curvature_pushes_none_out() -> None:
    image = torch.full((1, 3, 4, 4), 0.5)
    optimizer = ProjectedLbfgs(4)
    refused_at(optimizer, image, 8, set())
    before = optimizer.state()
    losses, _ = valley(image)
    # The loss falls a little and the slope stays: nothing is learnt from it.
    optimizer.step(image, losses * 0, before["slope"], 1.0)
    after = optimizer.state()
    assert all(torch.equal(after[n], before[n]) for n in before if n[0].isdigit())


def test_pictures_of_a_batch_are_refused_each_on_its_own() -> None:
    both = torch.stack([torch.full((3, 4, 4), 0.5), torch.full((3, 4, 4), 0.9)])
    alone = both[1:].clone()
    optimizer, optimizer_alone = ProjectedLbfgs(4), ProjectedLbfgs(4)
    for number in range(14):
        losses, gradient = valley(both)
        losses[0] += 1e6 * (number in {3, 8})
        losses[1] += 1e6 * (number in {5, 6, 9})
        optimizer.step(both, losses, gradient, 1.0)
    refused_at(optimizer_alone, alone, 14, {5, 6, 9})
    assert torch.allclose(both[1:], alone, atol=1e-5)
    kept, kept_alone = optimizer.state(), optimizer_alone.state()
    for index in range(4):
        for name in ("step", "change", "inverse"):
            found, wanted = (each[f"{index}.{name}"] for each in (kept, kept_alone))
            assert torch.allclose(found[1:], wanted, atol=1e-4, rtol=1e-3)


def test_the_device_decides_alike_where_it_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As on CUDA: the short cut for a CPU is not taken.
    states = []
    for device_type in ("cpu", "none"):
        image = torch.full((1, 3, 4, 4), 0.5)
        optimizer = ProjectedLbfgs(4)
        monkeypatch.setattr(lbfgs, "_ASKABLE", device_type)
        refused_at(optimizer, image, 14, {1, 5, 6, 9})
        states.append(optimizer.state())
    asked, unasked = states
    assert asked.keys() == unasked.keys()
    assert all(torch.equal(asked[name], unasked[name]) for name in asked)
