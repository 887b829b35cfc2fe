"""The styles of one fast picture: paintings, packs or both, and where each goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from PIL import Image, ImageOps
from torch import Tensor

from app.contract.painting.limits import (
    MAX_STYLE_WEIGHT,
    MAX_STYLES,
    MIN_STYLE_WEIGHT,
)
from worker.engine.feedforward.normalization import Condition
from worker.engine.feedforward.packs import Pack
from worker.engine.images import unframed
from worker.engine.judgement.detail import blur
from worker.engine.option_checks import require_number
from worker.engine.styles import Region, regions

#: Deviation of the blur at a mask's edge, as a part of the long side.
_SOFT_EDGE = 1 / 128


@dataclass(frozen=True, kw_only=True)
class FastStyle:
    """One style.

    Attributes:
        image: the painting, if there is one.
        pack: a network's style, if there is one.
        weight: against the other styles that share its region.
        mask: over the content, of its aspect: white where this style goes.

    Raises:
        ValueError: the weight is out of its range, or there is neither.
    """

    image: Image.Image | None = None
    pack: Pack | None = None
    weight: float = 1.0
    mask: Image.Image | None = None

    def __post_init__(self) -> None:
        require_number("weight", self.weight, MIN_STYLE_WEIGHT, MAX_STYLE_WEIGHT)
        if self.image is None and self.pack is None:
            raise ValueError("a style has neither a painting nor a pack")
        if self.mask is not None:
            plain = ImageOps.exif_transpose(self.mask).convert("L")
            object.__setattr__(self, "mask", plain)


class Pass(NamedTuple):
    """One pass of one network over the whole picture.

    Attributes:
        network: its key.
        condition: a style, or a mixture of several.
        share: (1, 1, H, W) or (1, 1, 1, 1): how much of each pixel it makes.
        paintings: of its styles, None for one without, and their parts, together 1.
    """

    network: str
    condition: Condition
    share: Tensor
    paintings: Sequence[tuple[Image.Image | None, float]]


def require_styles(styles: Sequence[FastStyle]) -> None:
    """Raise ValueError unless there are as many as may be."""
    if not 1 <= len(styles) <= MAX_STYLES:
        raise ValueError(f"{len(styles)} styles came, must be 1 to {MAX_STYLES}")


def passes(
    styles: Sequence[FastStyle],
    conditions: Sequence[tuple[str, Condition]],
    width_px: int,
    height_px: int,
) -> list[Pass]:
    """Return what is to be computed for a picture.

    Styles of one network that share a region are mixed in scale and shift; everything
    else has a pass of its own over the whole picture: statistics of a small region, an
    even sky, would turn its noise into blotches, and those of a picture in several
    styles would flatten the quieter ones.

    Args:
        styles: at least one.
        conditions: network and condition of each style.
        width_px: of the picture.
        height_px: likewise.

    Raises:
        ValueError: the masks leave no region.
    """
    found = []
    for region in regions(styles, width_px, height_px):
        plane = _plane(region)
        for network in dict.fromkeys(conditions[i][0] for i, _ in region.members):
            of_it = [
                each for each in region.members if conditions[each[0]][0] == network
            ]
            members = [(conditions[index][1], part) for index, part in of_it]
            whole = sum(part for _, part in members)
            paintings = [(styles[index].image, part / whole) for index, part in of_it]
            mixture = _mixture(members, whole)
            found.append(Pass(network, mixture, whole * plane, paintings))
    return found


def _mixture(members: Sequence[tuple[Condition, float]], whole: float) -> Condition:
    names = members[0][0].keys()
    return {
        name: torch.stack([part / whole * each[name] for each, part in members]).sum(0)
        for name in names
    }


def _plane(region: Region) -> Tensor:
    """Return the region's part of each pixel, its edges soft."""
    if region.shares is None:
        return torch.ones(1, 1, 1, 1)
    return with_soft_edges(unframed(region.shares))


def with_soft_edges(plane: Tensor) -> Tensor:
    """Return (1, 1, H, W) without the hard edges of a mask."""
    return blur(plane, max(plane.shape[2:]) * _SOFT_EDGE)
