"""What stands where a view shows no cloud: the colours around it, ever more blurred.

A network that saw a hard edge there would paint it. Nothing is learnt from the filling:
the losses are masked, and no gradient goes through it.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

_LEAST = 1e-3


@torch.no_grad()
def filled(image: Tensor, cover: Tensor) -> Tensor:
    """Return (1, 3, H, W) with its holes filled.

    Args:
        image: (1, 3, H, W), of pixels as far as they are covered, black behind.
        cover: (1, 1, H, W) in [0, 1].

    Source: pull-push, Gortler, Grzeszczuk, Szeliski and Cohen 1996, section 3.3.
    """
    return image + (1 - cover) * _filling(image, cover)


def _filling(image: Tensor, cover: Tensor) -> Tensor:
    """Return colours for all pixels, near those that are covered."""
    if max(image.shape[2:]) == 1:
        return image / cover.clamp_min(_LEAST)
    size = (-(-image.shape[2] // 2), -(-image.shape[3] // 2))
    small = F.adaptive_avg_pool2d(image, size)
    part = F.adaptive_avg_pool2d(cover, size)
    # What is covered a little counts as covered: its colour is known.
    whole = (4 * part).clamp_max(1)
    known = small / part.clamp_min(_LEAST)
    coarse = whole * known + (1 - whole) * _filling(small, part)
    return F.interpolate(
        coarse, image.shape[2:], mode="bilinear", align_corners=False
    ).clamp_(0, 1)
