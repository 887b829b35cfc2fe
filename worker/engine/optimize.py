"""The walk: projected Adam and the average of its iterates.

Knows a gradient and an image, no network and no loss. Both classes can be moved to
another size, so that a finer rung starts warm.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

_TINY = 1e-12


class ProjectedAdam:
    """Adam whose every step ends inside [0, 1].

    Source: Kingma and Ba 2015, algorithm 1. Departures: the projection; the averages
    are resized between scales, like the image (crowsonkb 2021).

    Args:
        learning_rate: in units of the pixel range.
        betas: decay of the averages of the gradient and of its square.
    """

    def __init__(self, learning_rate: float, betas: tuple[float, float]) -> None:
        self._learning_rate = learning_rate
        self._betas = betas
        self._mean: Tensor | None = None
        self._square: Tensor | None = None
        self._steps = 0

    def step(self, image: Tensor, gradient: Tensor, factor: float = 1.0) -> None:
        """Move `image` in place, by the learning rate times `factor`."""
        if self._mean is None or self._square is None:
            self._mean = torch.zeros_like(image)
            self._square = torch.zeros_like(image)
        self._steps += 1
        slow, slower = self._betas
        self._mean.lerp_(gradient, 1 - slow)
        self._square.mul_(slower).addcmul_(gradient, gradient, value=1 - slower)
        debiased = (self._square / (1 - slower**self._steps)).sqrt_().add_(_TINY)
        stride = self._learning_rate * factor / (1 - slow**self._steps)
        image.addcdiv_(self._mean, debiased, value=-stride).clamp_(0, 1)

    def move_to(self, height_px: int, width_px: int) -> None:
        """Resize the averages for a pastiche of another size."""
        if self._mean is None or self._square is None:
            return
        self._mean = enlarge(self._mean, height_px, width_px)
        # Bicubic overshoots below zero; a square may not.
        self._square = F.interpolate(
            self._square, (height_px, width_px), mode="bilinear", align_corners=False
        ).relu_()


class AveragedIterate:
    """The exponential moving average of the iterates, free of its start's bias.

    Smooths the noise of a large learning rate away: the average is the picture.
    Source: the bias correction is Adam's.

    Args:
        decay: what remains of the average at each step.
    """

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._remains = 1.0
        self._sum: Tensor | None = None

    def add(self, image: Tensor) -> None:
        """Take one more iterate into the average."""
        if self._sum is None:
            self._sum = torch.zeros_like(image)
        self._sum.lerp_(image, 1 - self._decay)
        self._remains *= self._decay

    def image(self) -> Tensor:
        """Return the average, a new tensor."""
        if self._sum is None:
            raise RuntimeError("no iterate was added yet")
        return self._sum / (1 - self._remains)


def enlarge(image: Tensor, height_px: int, width_px: int) -> Tensor:
    """Return (N, C, H, W) at another size, bicubic: may overshoot its range."""
    return F.interpolate(
        image, (height_px, width_px), mode="bicubic", align_corners=False
    )
