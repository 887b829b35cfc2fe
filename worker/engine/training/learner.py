"""The numbers that a training changes: their steps, their average, their rescue.

Knows neither pictures nor losses.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from worker.engine.training.options import Trained

_BETAS = (0.9, 0.99)
#: Of all gradients together: a single step never throws the network far.
_MOST_NORM = 1.0
#: The average of the numbers forgets in this part of the steps.
_AVERAGING = 0.1
_NUMBERS, _AVERAGE, _FIRST, _SECOND = "numbers.", "average.", "first.", "second."


class Learner:
    """Adam on a network's numbers, clipped, and their moving average.

    Args:
        weights: where to start; left alone.
        trained: which of them are changed.
        device: where they live.

    Attributes:
        weights: all numbers as they are now.
        average: of the latest steps; that is what is judged and kept.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], trained: Trained, device: torch.device
    ) -> None:
        self.weights = {n: each.to(device).clone() for n, each in weights.items()}
        self.average = {n: each.clone() for n, each in self.weights.items()}
        self._names = [
            name
            for name in sorted(self.weights)
            if trained is Trained.ALL or name.endswith((".scale", ".shift"))
        ]
        self._numbers = [self.weights[name].requires_grad_() for name in self._names]
        self._optimizer = self._new_optimizer()

    def step(self, loss: Tensor, rate: float, step: int, total: int) -> None:
        """Go one step down.

        Args:
            loss: differentiable; not finite ones are for the caller to find.
            rate: of learning.
            step: so many were taken before.
            total: so many there will be.
        """
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        torch.nn.utils.clip_grad_norm_(self._numbers, _MOST_NORM)
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.step()
        share = max(1 / (step + 1), 1 / (_AVERAGING * total))
        with torch.no_grad():
            for name in self._names:
                self.average[name].lerp_(self.weights[name], min(1.0, share))

    def return_to(self, weights: Mapping[str, Tensor]) -> None:
        """Take other numbers, and forget what Adam has learnt on the way from them."""
        with torch.no_grad():
            for name in self._names:
                self.weights[name].copy_(weights[name])
                self.average[name].copy_(weights[name])
        self._optimizer = self._new_optimizer()

    def average_copy(self) -> dict[str, Tensor]:
        """Return copies of the averaged numbers, on the CPU."""
        return {n: each.detach().cpu().clone() for n, each in self.average.items()}

    def state(self) -> dict[str, Tensor]:
        """Return copies of all that the next step depends on, on the CPU."""
        moments = [self._optimizer.state.get(each, {}) for each in self._numbers]
        found = {}
        for name, moment in zip(self._names, moments, strict=True):
            found[_NUMBERS + name] = self.weights[name]
            found[_AVERAGE + name] = self.average[name]
            if moment:
                found[_FIRST + name] = moment["exp_avg"]
                found[_SECOND + name] = moment["exp_avg_sq"]
                found["steps"] = moment["step"]
        return {name: each.detach().cpu().clone() for name, each in found.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave.

        Raises:
            KeyError: it is another network's.
        """
        with torch.no_grad():
            for name in self._names:
                self.weights[name].copy_(state[_NUMBERS + name])
                self.average[name].copy_(state[_AVERAGE + name])
        self._optimizer = self._new_optimizer()
        if "steps" in state:
            self._optimizer.load_state_dict(self._moments_of(state))

    def _moments_of(self, state: Mapping[str, Tensor]) -> dict[str, object]:
        """Return Adam's memory in the form that torch keeps it in."""
        memory = {
            index: {
                "step": state["steps"].clone(),
                "exp_avg": state[_FIRST + name],
                "exp_avg_sq": state[_SECOND + name],
            }
            for index, name in enumerate(self._names)
        }
        return {**self._optimizer.state_dict(), "state": memory}

    def _new_optimizer(self) -> torch.optim.Adam:
        numbers: Sequence[Tensor] = self._numbers
        return torch.optim.Adam(numbers, lr=1.0, betas=_BETAS)
