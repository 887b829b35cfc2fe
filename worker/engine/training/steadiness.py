"""Steadiness for video, learnt from photographs alone.

A photograph is moved a little, as a camera and what it sees would: shifted, turned,
enlarged, bent in places, a little brighter or darker, with noise. Of a steady network
the picture of the moved photograph is the moved picture. The motion is made up, so that
it is known exactly: neither clips nor flow are needed.

Source: Eilertsen et al. 2019, "Single-frame regularization for temporally stable CNNs",
eq. 3; the bending and the bicubic motion are ours, and the exposure is asked to change
nothing.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.training.options import MAX_STEPS, TrainingOptions

#: The most in either direction: parts of the picture's side, radians, parts of 1.
_SHIFT, _TURN, _ZOOM = 0.05, 0.035, 0.04
#: Standard deviation of what each of so many places a side is moved by, in pixels.
_BENT_PX, _BENT_PLACES = 1.0, 4
_EXPOSURE = 0.08
_NOISE = 0.015
#: What is not steady counts so much at a strength of 0.5: see docs/training.md.
_WEIGHT = 8.0


@dataclass(frozen=True)
class Motion:
    """Where a moved picture's pixels come from, and what else changes.

    Attributes:
        places: (1, H, W, 2), x and y in [-1, 1] from edge to edge.
        known: (1, 1, H, W), 1 where that is within the picture.
        exposure: what the photograph is multiplied by.
        noise: (1, 3, H, W), added to it.
    """

    places: Tensor
    known: Tensor
    exposure: float
    noise: Tensor

    def to(self, device: torch.device) -> "Motion":
        """Return the same on a device."""
        tensors = (self.places, self.known, self.noise)
        places, known, noise = (each.to(device) for each in tensors)
        return Motion(places, known, self.exposure, noise)

    def moved(self, images: Tensor) -> Tensor:
        """Return pictures (N, 3, H, W) as they are after the motion."""
        places = self.places.expand(len(images), -1, -1, -1)
        return F.grid_sample(
            images, places, mode="bicubic", padding_mode="border", align_corners=False
        )

    def filmed(self, photographs: Tensor) -> Tensor:
        """Return photographs (N, 3, H, W) as a camera would take them after it."""
        return (self.exposure * self.moved(photographs) + self.noise).clamp(0, 1)


def drawn_motion(seed: int, step: int, size_px: int) -> Motion:
    """Return the motion of a step, for square pictures; it hangs on these alone."""
    random = torch.Generator().manual_seed(seed * MAX_STEPS + step)

    def number(most: float) -> float:
        return most * (2 * float(torch.rand((), generator=random)) - 1)

    angle, zoom = number(_TURN), 1 + number(_ZOOM)
    cosine, sine = zoom * math.cos(angle), zoom * math.sin(angle)
    # From edge to edge there are two units.
    across, down = 2 * number(_SHIFT), 2 * number(_SHIFT)
    affine = torch.tensor([[[cosine, -sine, across], [sine, cosine, down]]])
    places = F.affine_grid(affine, [1, 1, size_px, size_px], align_corners=False)
    coarse = torch.randn(1, 2, _BENT_PLACES, _BENT_PLACES, generator=random)
    bent = F.interpolate(
        coarse * _BENT_PX * 2 / size_px,
        size=(size_px, size_px),
        mode="bicubic",
        align_corners=False,
    )
    places = places + bent.permute(0, 2, 3, 1)
    known = (places.abs().amax(dim=3) <= 1).float()[:, None]
    noise = _NOISE * torch.randn(1, 3, size_px, size_px, generator=random)
    return Motion(places, known, 1 + number(_EXPOSURE), noise)


def unsteadiness(
    photographs: Tensor,
    painted: Tensor,
    paint: Callable[[Tensor], Tensor],
    motion: Motion,
) -> Tensor:
    """Return how far the moved photographs' pictures are from the moved pictures.

    Args:
        photographs: (N, 3, H, W), square.
        painted: their pictures, likewise.
        paint: makes pictures of photographs.
        motion: of them.

    Returns:
        The mean squared difference where the motion is known, differentiable.
    """
    gap = paint(motion.filmed(photographs)) - motion.moved(painted)
    known = motion.known.expand_as(gap)
    return (gap.square() * known).sum() / known.sum()


def temporal_loss(
    photographs: Tensor,
    painted: Tensor,
    paint: Callable[[Tensor], Tensor],
    options: TrainingOptions,
    step: int,
) -> Tensor:
    """Return the weighted loss of what does not move along; 0 if nobody asked.

    Args:
        photographs: (N, 3, H, W), square.
        painted: their pictures, likewise.
        paint: makes pictures of photographs.
        options: of the training; 8 strength^3 times the default, as other losses.
        step: what the motion is drawn for.
    """
    if not options.temporal:
        return photographs.new_zeros(())
    motion = drawn_motion(options.seed, step, photographs.shape[-1])
    moving = motion.to(photographs.device)
    weight = (2 * options.temporal) ** 3 * _WEIGHT
    return weight * unsteadiness(photographs, painted, paint, moving)
