"""The trace of a matrix's square root, with its exact gradient.

Only the trace is ever needed, and d tr(M^1/2) = 1/2 tr(M^-1/2 dM): the inverse root is
the whole gradient, and both ways below yield it beside the root. No Sylvester equation
has to be solved backwards, which is what makes this loss dear elsewhere.
"""

from typing import Any

import torch
from torch import Tensor

#: Eigenvalues below this part of the largest are rounding errors of float32.
_NOISE = 1e-7
#: Each iteration multiplies small eigenvalues' roots by 1.5, and `_NOISE` is 1e-7.
_ITERATIONS = 24


def trace_of_root(matrix: Tensor) -> Tensor:
    """Return tr(M^1/2) for each matrix, differentiable.

    Args:
        matrix: (..., C, C), symmetric, positive semidefinite up to rounding.

    Returns:
        (...), where a null direction has a finite gradient instead of infinity.
    """
    trace: Tensor = _TraceOfRoot.apply(matrix)  # type: ignore[no-untyped-call]  # torch's
    return trace


class _TraceOfRoot(torch.autograd.Function):
    """tr(M^1/2), remembering M^-1/2."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        # Values of flat pictures are next to nothing: LAPACK makes NaN of some, norms
        # underflow. A power of four beside them keeps every other picture's bits.
        exponent = matrix.abs().amax(dim=(-2, -1), keepdim=True).frexp()[1] // 2
        root = root_by_newton_schulz if matrix.is_cuda else root_by_eigenvalues
        trace, inverse_root = root(matrix.ldexp(-2 * exponent))
        ctx.save_for_backward(inverse_root.ldexp(-exponent))
        return trace.ldexp(exponent[..., 0, 0])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (inverse_root,) = ctx.saved_tensors
        gradient: Tensor = gradients[0][..., None, None] * inverse_root / 2
        return gradient


def root_by_eigenvalues(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return tr(M^1/2) (...) and M^-1/2 (..., C, C) from the eigenvalues.

    On a CPU this costs seven products of matrices at C = 512; the iteration below
    costs seventy. Below `_NOISE` the root is replaced by its chord to zero, slope
    included: null directions are common (fewer positions than channels).
    """
    try:
        eigenvalues, vectors = torch.linalg.eigh(matrix)
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]  # torch's
        # LAPACK refuses NaN: it diverged, and whoever reads the loss decides.
        nowhere = torch.full_like(matrix, torch.nan)
        return nowhere[..., 0, 0], nowhere
    floor = (_NOISE * eigenvalues[..., -1:]).clamp_min(torch.finfo(matrix.dtype).tiny)
    inverse = torch.maximum(eigenvalues, floor).rsqrt()
    trace = (eigenvalues * inverse).sum(dim=-1)
    inverse = torch.where(eigenvalues < floor, 2 * inverse, inverse)
    return trace, (vectors * inverse[..., None, :]) @ vectors.mT


def root_by_newton_schulz(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return tr(M^1/2) (...) and M^-1/2 (..., C, C) from products of matrices alone.

    Source: Higham, Functions of Matrices, 6.35 (coupled Newton-Schulz). Departure:
    `_NOISE` is added to the normalized diagonal, so that null directions converge.
    """
    norm = torch.linalg.matrix_norm(matrix, keepdim=True)
    norm = norm.clamp_min(torch.finfo(matrix.dtype).tiny)
    identity = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    root = matrix / norm + _NOISE * identity
    inverse_root = identity.expand_as(matrix)
    for _ in range(_ITERATIONS):
        correction = 1.5 * identity - 0.5 * inverse_root @ root
        root, inverse_root = root @ correction, correction @ inverse_root
    trace = root.diagonal(dim1=-2, dim2=-1).sum(dim=-1) * norm.sqrt()[..., 0, 0]
    return trace, inverse_root / norm.sqrt()
