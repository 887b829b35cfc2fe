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
