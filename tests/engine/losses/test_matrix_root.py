"""The trace of the root, against closed forms, finite differences and a twin."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from worker.engine.losses.matrix_root import (
    root_by_eigenvalues,
    root_by_newton_schulz,
    trace_of_root,
)

Root = Callable[[Tensor], tuple[Tensor, Tensor]]
roots = pytest.mark.parametrize("root", [root_by_eigenvalues, root_by_newton_schulz])


def positive(size: int, random: torch.Generator, count: int = 1) -> Tensor:
    factor = torch.randn(count, size, 2 * size, generator=random, dtype=torch.float64)
    return factor @ factor.mT / size


@roots
def test_the_root_of_a_diagonal_is_known(root: Root) -> None:
    squares = torch.tensor([[1.0, 4.0, 9.0], [16.0, 0.25, 1.0]]).diag_embed()
    trace, inverse_root = root(squares)
    assert torch.allclose(trace, torch.tensor([6.0, 5.5]), rtol=1e-5)
    wanted = torch.tensor([[1.0, 1 / 2, 1 / 3], [1 / 4, 2.0, 1.0]]).diag_embed()
    assert torch.allclose(inverse_root, wanted, atol=1e-4)


@roots
def test_the_inverse_root_squared_inverts(root: Root, random: torch.Generator) -> None:
    matrix = positive(8, random, count=2)
    _, inverse_root = root(matrix)
    identity = torch.eye(8, dtype=torch.float64).expand(2, 8, 8)
    assert torch.allclose(inverse_root @ inverse_root @ matrix, identity, atol=1e-4)


def test_the_gradient_is_exact(random: torch.Generator) -> None:
    factor = torch.randn(2, 4, 6, generator=random, dtype=torch.float64)
    factor.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda each: trace_of_root(each @ each.mT), factor, atol=1e-6
    )


@roots
def test_a_singular_matrix_has_finite_values(root: Root) -> None:
    for matrix in (torch.zeros(1, 5, 5), torch.ones(1, 5, 5)):
        trace, inverse_root = root(matrix)
        assert trace.isfinite().all()
        assert inverse_root.isfinite().all()


def test_next_to_nothing_is_no_fault() -> None:
    """Of two pictures of one colour; LAPACK makes NaN of the smaller one's matrix."""
    rows = torch.tensor(
        [
            [
                2.8815563e-15,
                -8.2302819e-32,
                2.858663e-40,
                2.4973978e-16,
                -6.5352674e-16,
            ],
            [-8.2302819e-32, 0, 0, -7.1330511e-33, 1.8665986e-32],
            [2.847607e-40, 0, 0, 2.468e-41, -6.4583e-41],
            [2.497398e-16, -7.1330511e-33, 2.478e-41, 2.1644541e-17, -5.6640094e-17],
            [-6.5352679e-16, 1.8665986e-32, -6.4834e-41, -5.6640094e-17, 1.4821754e-16],
        ]
    )
    for size in (1.0, 1e-9, 1e-24, 0.0):
        matrix = (size * rows)[None].requires_grad_()
        trace = trace_of_root(matrix)
        trace.sum().backward()
        assert matrix.grad is not None
        assert bool(trace.isfinite().all())
        assert bool(matrix.grad.isfinite().all())


def test_a_power_of_four_changes_no_bit(random: torch.Generator) -> None:
    matrix = positive(16, random, count=2).float()
    assert torch.equal(
        trace_of_root(matrix * 4.0**-30) * 2.0**30, trace_of_root(matrix)
    )
