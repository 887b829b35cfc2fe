"""Whose colours the picture has: the painting's, the photograph's, or in between.

Tensors are (1, 3, H, W), float32, sRGB in [0, 1]. Luminance is the Y' of ITU-R BT.601,
as in YIQ: adding the same amount to red, green and blue changes it and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import Color
from worker.engine.images import to_picture, to_tensor
from worker.engine.losses.distances import covariance_root

_LUMINANCE = (0.299, 0.587, 0.114)
#: Added to colour variances: below it a colour direction counts as empty, so that a
#: grey photograph's rounding errors are not blown up into colours.
_EMPTY_VARIANCE = (4 / 255) ** 2
#: A flat painting has no contrast to stretch: no more than this factor.
_MOST_CONTRAST = 8.0


@dataclass(frozen=True)
class Palette:
    """The pictures that the engine works with, and what is done to a finished one.

    Attributes:
        content_image: as the network shall get it, RGB.
        style_images: likewise.
        colors_from: the picture that lends its colours to the result, or None.
    """

    content_image: Image.Image
    style_images: tuple[Image.Image, ...]
    colors_from: Image.Image | None = None

    def finish(self, pastiche: Tensor) -> Tensor:
        """Return the pastiche, (1, 3, H, W), with the colours it shall have."""
        if self.colors_from is None:
            return pastiche
        height_px, width_px = pastiche.shape[2:]
        lender = to_tensor(self.colors_from, width_px, height_px)
        return with_luminance_of(pastiche, lender.to(pastiche.device))


def mix_palette(
    content_image: Image.Image, style_images: Sequence[Image.Image], color: Color
) -> Palette:
    """Return what to work with, so that the result has the colours asked for.

    Args:
        content_image: RGB.
        style_images: RGB.
        color: `STYLE` leaves all as they are; `MATCHED` gives each painting the
            photograph's mean colour and covariance; `CONTENT` works on luminance
            alone, the painting's stretched to the photograph's, and takes the
            photograph's chroma at the end.

    Source: Gatys, Bethge, Hertzmann and Shechtman 2017, sections 3 and 4.
    """
    if color is Color.STYLE:
        return Palette(content_image, tuple(style_images))
    content = to_tensor(content_image, *content_image.size)
    styles = [to_tensor(image, *image.size) for image in style_images]
    if color is Color.MATCHED:
        matched = (to_picture(match_colors(style, content)) for style in styles)
        return Palette(content_image, tuple(matched))
    light = luminance(content)
    return Palette(
        to_picture(light.expand_as(content)),
        tuple(
            to_picture(match_luminance(luminance(style), light).expand_as(style))
            for style in styles
        ),
        colors_from=content_image,
    )


def luminance(image: Tensor) -> Tensor:
    """Return Y' of (1, 3, H, W) as (1, 1, H, W)."""
    weights = torch.tensor(_LUMINANCE, device=image.device).view(1, 3, 1, 1)
    return (image * weights).sum(dim=1, keepdim=True)


def match_luminance(light: Tensor, wanted: Tensor) -> Tensor:
    """Return (1, 1, H, W) with the mean and deviation of `wanted`, in [0, 1].

    Source: Gatys et al. 2017, eq. 10. Departure: a flat `light` is stretched by
    `_MOST_CONTRAST` at most.
    """
    stretch = (wanted.std() / light.std().clamp_min(1e-6)).clamp_max(_MOST_CONTRAST)
    return ((light - light.mean()) * stretch + wanted.mean()).clamp(0, 1)


def with_luminance_of(pastiche: Tensor, lender: Tensor) -> Tensor:
    """Return the lender's chroma with the pastiche's luminance, (1, 3, H, W).

    Where no colour of that chroma is so light or so dark, the chroma gives way: a
    clamp would change the luminance, and with it the strokes.
    """
    light = luminance(pastiche).clamp(0, 1)
    chroma = lender - luminance(lender)
    room = torch.where(chroma > 0, 1 - light, light) / chroma.abs().clamp_min(1e-6)
    share = room.amin(dim=1, keepdim=True).clamp_max(1)
    return light + share * chroma


def match_colors(image: Tensor, colors_of: Tensor) -> Tensor:
    """Give an image the mean and covariance of another's colours, moved the least.

    Args:
        image: (1, 3, H, W).
        colors_of: (1, 3, H', W').

    Returns:
        (1, 3, H, W), clamped to [0, 1].

    Source: the optimal map between Gaussians, Pitie and Kokaram 2007, eq. 17.
    Departure: `_EMPTY_VARIANCE` is added to the image's covariance, not to the other's:
    colours that this one has not do not come from rounding errors either.
    """
    mean, covariance = _color_moments(image)
    wanted_mean, wanted_covariance = _color_moments(colors_of)
    empty = _EMPTY_VARIANCE * torch.eye(3, dtype=image.dtype, device=image.device)
    root = covariance_root(covariance + empty)
    inverse_root = torch.linalg.inv(root)
    middle = covariance_root(root @ wanted_covariance @ root)
    color_map = inverse_root @ middle @ inverse_root  # (3, 3)
    moved: Tensor = color_map @ (image[0].flatten(1) - mean) + wanted_mean
    return moved.reshape(image.shape).clamp(0, 1)


def _color_moments(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean colour (3, 1) and the covariance (3, 3)."""
    colors = image[0].flatten(1)
    mean = colors.mean(dim=1, keepdim=True)
    centred = colors - mean
    return mean, centred @ centred.mT / colors.shape[1]
