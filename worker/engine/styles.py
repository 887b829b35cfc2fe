"""The paintings of one picture: how much each counts, and where.

Masks are greyscale pictures, white where the painting goes; `regions` turns them into
shares that add up to 1 at most. Knows no network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.limits import MAX_STYLE_WEIGHT, MIN_STYLE_WEIGHT
from worker.engine.images import framed, to_plane
from worker.engine.option_checks import require_number

#: A region with a smaller part of the picture is left out: it has no statistics.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Style:
    """One painting.

    Attributes:
        image: the painting.
        weight: against the other paintings' that share its region; without a mask of
            its own, that is the picture, or what the masks leave of it.
        mask: over the content, of any size and its aspect: white where this painting
            goes. Where masks overlap they share.
        image_mask: over the painting: white where its style counts.

    Raises:
        ValueError: the weight is out of its range.
    """

    image: Image.Image
    weight: float = 1.0
    mask: Image.Image | None = None
    image_mask: Image.Image | None = None

    def __post_init__(self) -> None:
        require_number("weight", self.weight, MIN_STYLE_WEIGHT, MAX_STYLE_WEIGHT)


def mask_name(index: int) -> str:
    """Return what the mask of a painting is called, from 0, where one comes later."""
    return f"mask/{index}"


@dataclass(frozen=True)
class LateMask:
    """A mask that a painting gets while the job runs; read when it is its turn.

    Attributes:
        key: what its bringer knows it by.
        read: returns it, as `Style.mask`.
    """

    key: str
    read: Callable[[], Image.Image] = field(repr=False, compare=False)


class Placed(Protocol):
    """What `regions` needs to know of a style."""

    @property
    def weight(self) -> float:
        """Against the others' in its region."""

    @property
    def mask(self) -> Image.Image | None:
        """Over the content, if it has a region of its own."""


@dataclass(frozen=True)
class Region:
    """A part of the picture and the paintings whose mixture it gets.

    Attributes:
        members: index of each painting and its part of the mixture; they add up to 1.
        shares: (1, 1, H, W) in [0, 1], framed, how much of each pixel belongs here;
            None if all of the picture does.
        weight: in the style loss.
    """

    members: tuple[tuple[int, float], ...]
    shares: Tensor | None
    weight: float


def regions(
    styles: Sequence[Placed], width_px: int, height_px: int
) -> tuple[Region, ...]:
    """Return the regions of a picture of this size, framed like the picture.

    A painting with a mask has a region of its own; the others mix in what is left. The
    weight of a region is its part of the picture, so that every pixel is pulled alike
    (Gatys et al. 2017, eq. 6, leave it to the user), times its paintings' weight.

    Raises:
        ValueError: the masks leave no region.
    """
    masked = [index for index, style in enumerate(styles) if style.mask is not None]
    if not masked:
        return (Region(_mixture(styles, range(len(styles))), None, 1.0),)
    planes = {
        index: framed(to_plane(mask, width_px, height_px))
        for index, mask in ((index, styles[index].mask) for index in masked)
        if mask is not None
    }
    crowd = torch.stack(list(planes.values())).sum(dim=0).clamp_min(1)
    groups: list[tuple[tuple[int, ...], Tensor]] = [
        ((index,), plane / crowd) for index, plane in planes.items()
    ]
    others = tuple(index for index in range(len(styles)) if index not in planes)
    if others:
        left = 1 - torch.stack([shares for _, shares in groups]).sum(dim=0)
        groups.append((others, left.clamp_min(0)))
    average = fmean(style.weight for style in styles)
    found = tuple(
        Region(
            _mixture(styles, members),
            shares,
            float(shares.mean()) * fmean(styles[i].weight for i in members) / average,
        )
        for members, shares in groups
        if float(shares.mean()) > _LEAST_SHARE
    )
    if not found:
        raise ValueError("the masks are black: no painting has a place in the picture")
    return found


def without_kept(found: Sequence[Region], kept: Tensor) -> tuple[Region, ...]:
    """Return regions whose styles are weaker where the photograph is kept.

    What pulls at every other pixel stays the same: a region's weight shrinks with it.

    Args:
        found: regions of one picture.
        kept: (1, 1, H, W), framed, below 1.
    """
    weaker = []
    for region in found:
        whole = torch.ones_like(kept) if region.shares is None else region.shares
        shares = whole * (1 - kept)
        weight = region.weight * float(shares.sum() / whole.sum())
        weaker.append(Region(region.members, shares, weight))
    return tuple(weaker)


def _mixture(
    styles: Sequence[Placed], members: Sequence[int]
) -> tuple[tuple[int, float], ...]:
    whole = sum(styles[index].weight for index in members)
    return tuple((index, styles[index].weight / whole) for index in members)
