"""Tells when a rung's loss has stopped falling; waits for the device only to ask."""

from collections.abc import Mapping

import torch
from torch import Tensor

#: The loss is compared so often, in steps.
_EVERY = 50
#: A fall by less than this part in so many steps is none.
_LEAST_FALL = 1e-3
#: What remains of the smoothed loss at each step.
_DECAY = 0.9


class Plateau:
    """Watches the losses of one rung, smoothed."""

    def __init__(self) -> None:
        self._smoothed: Tensor | None = None
        self._before: Tensor | None = None
        self._steps = 0
        self._is_flat = False

    @property
    def is_flat(self) -> bool:
        """Whether the loss had stopped falling when it was looked at last."""
        return self._is_flat

    def add(self, total: Tensor) -> bool:
        """Take one more loss, (N,), in; tell whether it has stopped falling."""
        loss = total.sum()
        if self._smoothed is None:
            self._smoothed = loss.clone()
        self._smoothed.lerp_(loss, 1 - _DECAY)
        self._steps += 1
        if self._steps % _EVERY:
            return False
        before, self._before = self._before, self._smoothed.clone()
        if before is None:
            return False
        # A distance that is zero may be rounded below it.
        self._is_flat = bool(self._smoothed > before - _LEAST_FALL * before.abs())
        return self._is_flat

    def state(self) -> dict[str, Tensor]:
        """Return all that is remembered."""
        state = {
            "plateau.steps": torch.tensor(self._steps),
            "plateau.is_flat": torch.tensor(self._is_flat),
        }
        if self._smoothed is not None:
            state["plateau.smoothed"] = self._smoothed
        if self._before is not None:
            state["plateau.before"] = self._before
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self._steps = int(state.get("plateau.steps", torch.tensor(0)))
        self._is_flat = bool(state.get("plateau.is_flat", torch.tensor(0)))
        smoothed, before = state.get("plateau.smoothed"), state.get("plateau.before")
        self._smoothed = None if smoothed is None else smoothed.clone()
        self._before = None if before is None else before.clone()
