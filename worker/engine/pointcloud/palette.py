"""Whose colours a cloud has: the paintings', its own, or in between.

The same choices as of pictures (`painting.colors`), on colours without places: (N, 3)
is a picture of one column, (1, 3, N, 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import Color
from worker.cloudfile.cloud import Floats
from worker.engine.images import to_picture, to_tensor
from worker.engine.painting.color_limits import ColorLimits, saturation_by_hue
from worker.engine.painting.colors import (
    luminance,
    match_colors,
    match_luminance,
    with_luminance_of,
)
from worker.engine.pointcloud.options import CloudOptions


def as_column(colors: Floats) -> Tensor:
    """Return (N, 3) as (1, 3, N, 1)."""
    return torch.from_numpy(np.ascontiguousarray(colors.T))[None, :, :, None]


def from_column(column: Tensor) -> Floats:
    """Return (1, 3, N, 1) as (N, 3), a copy."""
    return np.ascontiguousarray(column[0, :, :, 0].T.cpu().numpy())


@dataclass(frozen=True, eq=False)
class CloudPalette:
    """The colours to work with, and what is done to painted ones at the end.

    Attributes:
        colors: (N, 3), what is painted.
        style_images: the paintings, RGB.
        colors_from: (N, 3), lends its hues to the result, or None.
    """

    colors: Floats
    style_images: tuple[Image.Image, ...]
    colors_from: Floats | None = None

    def finish(self, painted: Floats) -> Floats:
        """Return painted colours as they shall be, (N, 3) in [0, 1]."""
        if self.colors_from is None:
            return np.clip(painted, 0, 1)
        lender, column = as_column(self.colors_from), as_column(painted)
        return np.clip(from_column(with_luminance_of(column, lender)), 0, 1)


def mix_cloud_palette(
    colors: Floats, style_images: Sequence[Image.Image], color: Color
) -> CloudPalette:
    """Return what to work with, so that the result has the colours asked for.

    Args:
        colors: (N, 3), the cloud's.
        style_images: RGB.
        color: see `painting.colors.mix_palette`.
    """
    if color is Color.STYLE:
        return CloudPalette(colors, tuple(style_images))
    own = as_column(colors)
    styles = [to_tensor(image, *image.size) for image in style_images]
    if color is Color.MATCHED:
        matched = (to_picture(match_colors(style, own)) for style in styles)
        return CloudPalette(colors, tuple(matched))
    light = luminance(own)
    grey = tuple(
        to_picture(match_luminance(luminance(style), light).expand_as(style))
        for style in styles
    )
    return CloudPalette(from_column(light.expand_as(own)), grey, colors_from=colors)


def first_colors(
    palette: CloudPalette, weights: Sequence[float], share: float
) -> Floats:
    """Return (N, 3) from which painting begins: as far as `share` in the style's.

    Args:
        palette: to work with.
        weights: of the paintings, adding up to 1.
        share: 0 for the cloud's own colours, 1 for the paintings' mean and spread.
    """
    own = as_column(palette.colors)
    moved = torch.stack(
        [
            weight * match_colors(own, to_tensor(image, *image.size))
            for image, weight in zip(palette.style_images, weights, strict=True)
        ]
    ).sum(dim=0)
    return from_column(torch.lerp(own, moved, share).clamp_(0, 1))


def hue_limits(palette: CloudPalette, options: CloudOptions) -> ColorLimits | None:
    """Return the colours that the paintings have; None where hues are not painted.

    With the style strength going to 0 the limits go away.
    """
    if options.color is Color.CONTENT:
        return None
    images = (to_tensor(each, *each.size) for each in palette.style_images)
    found = torch.stack([saturation_by_hue(image) for image in images])
    slack = 1 - min(1.0, 2 * options.style_strength)
    return ColorLimits(found.amax(dim=0)[None, None], None, slack=slack)
