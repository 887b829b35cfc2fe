"""What is done to a network's picture: its size, and whose colours it has."""

import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.kinds.image.choices import Color
from worker.engine.painting.colors import (
    luminance,
    match_colors,
    match_luminance,
    with_luminance_of,
)


def resized(image: Tensor, like: Tensor) -> Tensor:
    """Return the picture at the size of another."""
    if image.shape == like.shape:
        return image
    return F.interpolate(
        image, size=like.shape[2:], mode="bicubic", antialias=True
    ).clamp_(0, 1)


def colored(image: Tensor, photograph: Tensor, color: Color) -> Tensor:
    """Return the picture with the colours it shall have.

    A pack has no painting whose colours could be changed before, as the optimizing
    engine does; so the finished picture's are.
    """
    if color is Color.MATCHED:
        return match_colors(image, photograph)
    if color is Color.CONTENT:
        light = match_luminance(luminance(image), luminance(photograph))
        return with_luminance_of(light.expand_as(image), photograph)
    return image
