"""What every optimizer can do, and what both of ours share."""

from collections.abc import Callable, Mapping
from typing import Protocol

import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

#: Brings (N, 3, H, W) back to the images that are allowed, in place.
Projection = Callable[[Tensor], None]


def into_box(image: Tensor) -> None:
    """Bring all values into [0, 1], in place."""
    image.clamp_(0, 1)


class Optimizer(Protocol):
    """Moves (N, 3, H, W) among the allowed; each of the N pictures on its own."""

    def begin_rung(self, height_px: int, width_px: int, steps: int) -> None:
        """Prepare for so many steps at this size; resize what is remembered."""

    def step(
        self,
        image: Tensor,
        losses: Tensor,
        gradient: Tensor,
        factor: float,
        project: Projection = into_box,
    ) -> None:
        """Move `image` in place.

        Args:
            image: (N, 3, H, W), where the gradient was taken.
            losses: (N,), there.
            gradient: (N, 3, H, W), of the losses' sum.
            factor: of the learning rate.
            project: what each step ends with.
        """

    def change_objective(self) -> None:
        """Another objective from here on: losses and gradients do not compare."""

    def picture(self) -> Tensor:
        """Return the rung's result so far, (N, 3, H, W), a new tensor."""

    def state(self) -> dict[str, Tensor]:
        """Return all that is remembered; the tensors may be the optimizer's own."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave."""


def enlarge(image: Tensor, height_px: int, width_px: int) -> Tensor:
    """Return (N, C, H, W) at another size, bicubic: may overshoot its range."""
    return F.interpolate(
        image, (height_px, width_px), mode="bicubic", align_corners=False
    )
