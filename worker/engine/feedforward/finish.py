"""What is done to a network's picture: its size, its colours, and what is kept."""

import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import Color
from worker.engine.feedforward.styles import with_soft_edges
from worker.engine.images import to_plane
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


def with_kept(
    image: Tensor, photograph: Tensor, mask: Image.Image | None, strength: float
) -> Tensor:
    """Return the picture, with more of the photograph where it is kept.

    Args:
        image: (1, 3, H, W).
        photograph: of its shape.
        mask: white where it is kept; None for nowhere.
        strength: 0 to 1, the photograph's share of a pixel that is kept.
    """
    if mask is None:
        return image
    height_px, width_px = image.shape[2:]
    kept = with_soft_edges(to_plane(mask, width_px, height_px))
    return image.lerp(photograph, strength * kept.to(image.device))
