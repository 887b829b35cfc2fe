"""Projected Adam, and the average of its iterates as the picture."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.painting.optimizers.optimizer import Projection, enlarge, into_box

_TINY = 1e-12


class ProjectedAdam:
    """Adam with a projection at the end of every step; its picture is their average.

    Sources: Kingma and Ba 2015, algorithm 1; the average and its resizing, crowsonkb
    2021. Departures: the projection; the moments are resized between scales, like the
    image, and rescaled.

    Why rescaled: the losses are means over positions, so a pixel's gradient is its
    share of the picture, 1/P of P pixels, times a density that the size leaves as it
    is. From P to k P pixels gradients get 1/k, the mean of them 1/k, of their squares
    1/k^2. Otherwise what is left of the coarse square, of slow decay, would divide the
    fine gradients: the rate would start at 1/k of what it is meant to be and recover
    in some 1 / (1 - beta_2) steps.

    Args:
        learning_rate: in units of the pixel range.
        betas: decay of the averages of the gradient and of its square.
        averaging: the picture forgets in this part of a rung's steps; 0 takes the last
            iterate.
    """

    def __init__(
        self, learning_rate: float, betas: tuple[float, float], averaging: float
    ) -> None:
        self._learning_rate = learning_rate
        self._betas = betas
        self._averaging = averaging
        self._decay = 0.0
        self._steps = 0
        self._mean: Tensor | None = None
        self._square: Tensor | None = None
        self._average = AveragedIterate()

    def begin_rung(self, height_px: int, width_px: int, steps: int) -> None:
        """Forget the average; bring the moments to a pastiche of another size."""
        self._decay = 1 - 1 / max(1.0, self._averaging * steps)
        self._average = AveragedIterate()
        if self._mean is None or self._square is None:
            return
        fall = self._mean.shape[2:].numel() / (height_px * width_px)
        self._mean = enlarge(self._mean, height_px, width_px).mul_(fall)
        # Not bicubic, which overshoots below zero: a square may not.
        self._square = F.interpolate(
            self._square, (height_px, width_px), mode="bilinear", align_corners=False
        ).mul_(fall**2)

    def step(
        self,
        image: Tensor,
        losses: Tensor,
        gradient: Tensor,
        factor: float,
        project: Projection = into_box,
    ) -> None:
        """Move `image` in place, by the learning rate times `factor`."""
        del losses  # Adam goes by the gradient alone
        if self._mean is None or self._square is None:
            self._mean = torch.zeros_like(image)
            self._square = torch.zeros_like(image)
        self._steps += 1
        slow, slower = self._betas
        self._mean.lerp_(gradient, 1 - slow)
        self._square.mul_(slower).addcmul_(gradient, gradient, value=1 - slower)
        debiased = (self._square / (1 - slower**self._steps)).sqrt_().add_(_TINY)
        stride = self._learning_rate * factor / (1 - slow**self._steps)
        image.addcdiv_(self._mean, debiased, value=-stride)
        project(image)
        self._average.add(image, self._decay)

    def change_objective(self) -> None:
        """Forget the average, which would show the old look for long.

        The moments follow the new gradient by themselves.
        """
        self._average = AveragedIterate()

    def picture(self) -> Tensor:
        """Return the average of this rung's iterates, a new tensor."""
        return self._average.image()

    def state(self) -> dict[str, Tensor]:
        """Return the moments, their age, and the average."""
        state = {
            "steps": torch.tensor(self._steps),
            "decay": torch.tensor(self._decay, dtype=torch.float64),
            **{f"average.{k}": v for k, v in self._average.state().items()},
        }
        if self._mean is not None and self._square is not None:
            state |= {"mean": self._mean, "square": self._square}
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave; the tensors are copied."""
        self._steps = int(state["steps"])
        self._decay = float(state["decay"])
        self._mean = state["mean"].clone() if "mean" in state else None
        self._square = state["square"].clone() if "square" in state else None
        self._average = AveragedIterate()
        self._average.restore(
            {
                name.removeprefix("average."): tensor
                for name, tensor in state.items()
                if name.startswith("average.")
            }
        )


class AveragedIterate:
    """The exponential moving average of the iterates, free of its start's bias.

    Smooths the noise of a large learning rate away: the average is the picture.
    Source: the bias correction is Adam's.
    """

    def __init__(self) -> None:
        self._remains = 1.0
        self._sum: Tensor | None = None

    def add(self, image: Tensor, decay: float) -> None:
        """Take one more iterate in; `decay` of the average remains."""
        if self._sum is None:
            self._sum = torch.zeros_like(image)
        self._sum.lerp_(image, 1 - decay)
        self._remains *= decay

    def image(self) -> Tensor:
        """Return the average, a new tensor."""
        if self._sum is None:
            raise RuntimeError("no iterate was added yet")
        return self._sum / (1 - self._remains)

    def state(self) -> dict[str, Tensor]:
        """Return all that is remembered."""
        state = {"remains": torch.tensor(self._remains, dtype=torch.float64)}
        return state if self._sum is None else {**state, "sum": self._sum}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave; the tensors are copied."""
        self._remains = float(state["remains"])
        self._sum = state["sum"].clone() if "sum" in state else None
