"""Where a cloud's painting stands, as a state that survives the process."""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.contract.painting.ladder import Rung
from worker.engine.errors import StateError
from worker.engine.painting.optimizers import ProjectedAdam
from worker.engine.painting.state import PaintingState

_COLORS, _SHARES, _OPTIMIZER = "colors", "shares", "optimizer."


def state_of(
    fingerprint: str,
    place: tuple[int, int],
    ladder: Sequence[Rung],
    column: Tensor,
    adam: ProjectedAdam,
) -> PaintingState:
    """Return copies of all that the next step depends on.

    Args:
        fingerprint: of the job.
        place: the scale, from 0, and the steps taken on it.
        ladder: how many steps each scale takes.
        column: (1, 3, N, 1), the colours.
        adam: the optimizer.
    """
    shares = torch.tensor([rung.steps for rung in ladder])
    optimizer = {_OPTIMIZER + name: each for name, each in adam.state().items()}
    tensors = {_COLORS: column, _SHARES: shares, **optimizer}
    rung, step = place
    return PaintingState(
        job=fingerprint,
        rung=rung,
        step=step,
        tensors={n: each.detach().clone() for n, each in tensors.items()},
    )


def restored(
    state: PaintingState,
    fingerprint: str,
    ladder: Sequence[Rung],
    adam: ProjectedAdam,
) -> tuple[Tensor, tuple[Rung, ...]]:
    """Return colours and scales; let the optimizer go on from where it stood.

    The scales are those that the job began with: a job that goes on from it with other
    steps would have others.

    Raises:
        StateError: the state is another job's, or incomplete.
    """
    if state.job != fingerprint:
        raise StateError("the state belongs to another job")
    try:
        column = state.tensors[_COLORS].clone()
        begun = _scales(ladder[-1].width_px, state.tensors[_SHARES].tolist())
        adam.restore(
            {
                name.removeprefix(_OPTIMIZER): each
                for name, each in state.tensors.items()
                if name.startswith(_OPTIMIZER)
            }
        )
    except KeyError as error:
        raise StateError(f"the state is incomplete: {error}") from error
    if state.rung >= len(begun):
        raise StateError("the state stands on a scale that this job has not")
    return column, begun


def _scales(finest_px: int, shares: Sequence[int]) -> tuple[Rung, ...]:
    """Return the scales that take these steps, each twice as fine as the one before."""
    sides = [finest_px // 2**power for power in range(len(shares) - 1, -1, -1)]
    return tuple(
        Rung(width_px=side, height_px=side, steps=share)
        for side, share in zip(sides, shares, strict=True)
    )
