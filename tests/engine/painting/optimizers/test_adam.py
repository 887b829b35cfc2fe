"""Adam stays in the box, its average knows no start, both move to another size."""

import pytest
import torch

from worker.engine.painting.optimizers import ProjectedAdam, enlarge
from worker.engine.painting.optimizers.adam import AveragedIterate

BETAS = (0.9, 0.99)
LOSS = torch.zeros(1)


def test_inside_the_box_it_is_torchs_adam(random: torch.Generator) -> None:
    wanted = torch.full((1, 3, 4, 4), 0.5)
    found = torch.full((1, 3, 4, 4), 0.5)
    reference = torch.optim.Adam([wanted.requires_grad_()], lr=0.01, betas=(0.9, 0.99))
    own = ProjectedAdam(0.01, BETAS, averaging=0)
    own.begin_rung(4, 4, 10)
    for _ in range(10):
        gradient = torch.randn(wanted.shape, generator=random)
        wanted.grad = gradient.clone()
        reference.step()
        own.step(found, LOSS, gradient, 1.0)
    assert torch.allclose(found, wanted, atol=1e-6)


def test_no_step_leaves_the_box() -> None:
    image = torch.tensor([0.001, 0.5, 0.999]).view(1, 3, 1, 1)
    optimizer = ProjectedAdam(0.1, BETAS, averaging=0)
    optimizer.begin_rung(1, 1, 1)
    optimizer.step(image, LOSS, torch.tensor([1.0, 0, -1]).view(1, 3, 1, 1), 1.0)
    assert image.flatten().tolist() == pytest.approx([0, 0.5, 1])


def test_moved_averages_go_on_at_the_new_size(random: torch.Generator) -> None:
    optimizer = ProjectedAdam(0.1, BETAS, averaging=0)
    optimizer.begin_rung(4, 4, 1)  # nothing to move yet
    image = torch.full((1, 3, 4, 4), 0.5)
    optimizer.step(image, LOSS, torch.randn(image.shape, generator=random) ** 9, 1.0)
    optimizer.begin_rung(7, 9, 1)
    finer = torch.full((1, 3, 7, 9), 0.5)
    optimizer.step(finer, LOSS, torch.zeros_like(finer), 1.0)
    assert finer.isfinite().all()
    assert float((finer - 0.5).abs().max()) > 0.001  # it still has its momentum


def test_a_mean_loss_moves_as_far_at_a_size_as_at_the_one_before() -> None:
    optimizer = ProjectedAdam(0.01, BETAS, averaging=0)
    for side_px in (4, 8, 24):
        image = torch.full((1, 3, side_px, side_px), 0.5)
        optimizer.begin_rung(side_px, side_px, 5)
        for _ in range(5):
            before = image.clone()
            # Of the mean over pixels of a function with slope 3.
            optimizer.step(image, LOSS, torch.full_like(image, 3 / side_px**2), 1.0)
            torch.testing.assert_close(before - image, torch.full_like(image, 0.01))


def test_the_average_of_a_constant_is_the_constant_from_the_first_step() -> None:
    average = AveragedIterate()
    for _ in range(3):
        average.add(torch.full((1, 3, 2, 2), 0.7), decay=0.9)
        assert torch.allclose(average.image(), torch.full((1, 3, 2, 2), 0.7))


def test_the_average_weighs_the_latest_most() -> None:
    average = AveragedIterate()
    for value in (0.0, 1.0):
        average.add(torch.tensor(value), decay=0.5)
    assert float(average.image()) == pytest.approx(2 / 3)


def test_an_average_of_nothing_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no iterate"):
        AveragedIterate().image()


def test_enlarging_keeps_flat_images_flat() -> None:
    flat = torch.full((1, 3, 5, 5), 0.25)
    assert torch.allclose(enlarge(flat, 9, 8), torch.full((1, 3, 9, 8), 0.25))


def test_its_picture_averages_the_iterates_of_the_rung_alone() -> None:
    optimizer = ProjectedAdam(0.1, BETAS, averaging=0.5)
    image = torch.full((1, 3, 2, 2), 0.5)
    pictures = []
    for size in (2, 3):
        optimizer.begin_rung(size, size, 10)
        image = torch.full((1, 3, size, size), 0.5)
        for _ in range(10):
            optimizer.step(image, LOSS, torch.ones_like(image), 0.1)
        pictures.append(optimizer.picture())
        lag = pictures[-1] - image  # an average trails behind
        assert float(lag.min()) > 0.005
    assert pictures[1].shape == (1, 3, 3, 3)


def test_without_averaging_the_picture_is_the_last_iterate() -> None:
    optimizer = ProjectedAdam(0.1, BETAS, averaging=0)
    optimizer.begin_rung(2, 2, 10)
    image = torch.full((1, 3, 2, 2), 0.5)
    for _ in range(3):
        optimizer.step(image, LOSS, torch.ones_like(image), 1.0)
    assert torch.equal(optimizer.picture(), image)
