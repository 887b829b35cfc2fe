"""Kernels in Winograd's domain, in the order in which the machine code reads them."""

import torch
from torch import Tensor

#: The finite points besides 0, each with both signs; kernels.cpp says why these.
_POINTS = (5 / 8, 3 / 2)
#: Points with infinity, in two dimensions.
_MATRICES = (2 * len(_POINTS) + 2) ** 2
#: bfloat16 is multiplied in pairs of input channels.
_PAIR = 2


def pack(kernel: Tensor, dtype: torch.dtype, panel: int) -> Tensor:
    """Return G k G^T for every pair of channels, rounded once from float64.

    Args:
        kernel: (out, in, 3, 3).
        dtype: float32 or bfloat16.
        panel: output channels that are computed together; divides out.

    Returns:
        (36, out / panel, in / depth, panel, depth), where depth is 2 in bfloat16,
        which is multiplied in pairs of input channels, and 1 in float32.
    """
    outputs, inputs = kernel.shape[:2]
    depth = _PAIR if dtype == torch.bfloat16 else 1
    # (9, out / panel, in / depth, panel, depth): moved while they are few.
    taps = (
        kernel.reshape(outputs // panel, panel, inputs // depth, depth, -1)
        .permute(4, 0, 2, 1, 3)
        .double()
    )
    taps = taps.reshape(taps.shape[0], -1)
    once = _transform()
    packed = torch.empty((_MATRICES, *taps.shape[1:]), dtype=dtype)
    for matrix, row in zip(packed, torch.kron(once, once), strict=True):
        matrix.copy_(row @ taps)  # one by one: all in float64 would take longer
    return packed.reshape(_MATRICES, outputs // panel, inputs // depth, panel, depth)


def _transform() -> Tensor:
    """Return G of F(4x4, 3x3), (6, 3): a kernel's values at the points.

    Divided by the derivative, at each point, of the polynomial that is zero at all.

    Source: Lavin and Gray 2016, section 4.3; with other points.
    """
    a, b = _POINTS
    rows = [[1 / (a * a * b * b), 0, 0]]
    for point, other in ((a, b), (b, a)):
        scale = 2 * point**2 * (point**2 - other**2)
        rows += [[sign**n * point**n / scale for n in range(3)] for sign in (1, -1)]
    rows.append([0, 0, 1])
    return torch.tensor(rows, dtype=torch.float64)
