"""No hue that the paintings have not: how saturated a pastiche may be, by hue.

Statistics of feature maps tell colours only roughly: a painting in black and white can
be met by violet strokes. So each step ends among the colours that the paintings have,
as it ends inside [0, 1]. Knows pixels and masks, neither network nor loss.

A colour's chroma is (R - (G + B) / 2, sqrt(3) / 2 (G - B)), a point of a plane: grey
added to a colour does not move it; pure red, green and blue have length 1.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.painting.ladder import Rung
from worker.engine.images import to_plane, to_tensor
from worker.engine.painting.colors import luminance
from worker.engine.painting.job import ContentAndStyles, Job, style_size
from worker.engine.styles import Region, regions

#: Angles at which a painting is asked for its saturation.
_HUES = 360
#: Hues this far apart, in steps of `_HUES`, count as one: 10 degrees.
_WINDOW = 10
_LEVELS = 256
#: What less of a painting has, such as the fringes of JPEG, is not a colour of it.
_LEAST_PART = 1e-3
#: So many pixels tell a painting's colours.
_SAMPLED = 2**18
#: Of one side of the grid over the plane of chroma, from -1 to 1.
_NODES = 65


def chroma(image: Tensor) -> Tensor:
    """Return the points of (N, 3, H, W) in the plane of chroma, (N, 2, H, W)."""
    red, green, blue = image.unbind(dim=1)
    return torch.stack(
        (red - (green + blue) / 2, (green - blue) * (math.sqrt(3) / 2)), dim=1
    )


def saturation_by_hue(image: Tensor, shares: Tensor | None = None) -> Tensor:
    """Return (_HUES,), the greatest saturation near each hue, 0 where it is absent.

    Args:
        image: (1, 3, H, W), on the CPU: there equal pictures count equally.
        shares: (1, 1, H, W), how much of each pixel counts; all of it if None.
    """
    every_px = math.ceil(math.sqrt(image[0, 0].numel() / _SAMPLED))
    place = chroma(image[..., ::every_px, ::every_px])[0].flatten(1)
    level = (place.norm(dim=0) * (_LEVELS - 1)).round().long()
    cell = _hue_of(place) * _LEVELS + level
    weights = torch.ones(len(cell))
    if shares is not None:
        weights = shares[..., ::every_px, ::every_px].flatten()
    counts = torch.bincount(cell, weights.double(), minlength=_HUES * _LEVELS)
    near = _near(counts.view(_HUES, _LEVELS))
    enough = near.flip(1).cumsum(dim=1).flip(1) >= _LEAST_PART * float(weights.sum())
    # Falls along the levels: the number of enoughs is one more than the last of them.
    found = (enough.sum(dim=1) - 1).clamp_min(0).float() / (_LEVELS - 1)
    # A step from one hue to the next would make much of rounding errors.
    return _near(found) / (2 * _WINDOW + 1)


def _hue_of(places: Tensor) -> Tensor:
    """Return the nearest of `_HUES` of (2, ...)."""
    return (_turns(places) * _HUES).round().long().remainder(_HUES)


def _turns(places: Tensor) -> Tensor:
    """Return the angles of (2, ...), of which a whole turn is 1."""
    return torch.atan2(places[1], places[0]) / (2 * math.pi)


def _near(by_hue: Tensor) -> Tensor:
    """Return the sums over `_WINDOW` hues to each side."""
    turned = [by_hue.roll(by, dims=0) for by in range(-_WINDOW, _WINDOW + 1)]
    return torch.stack(turned).sum(dim=0)


def _rays() -> Tensor:
    """Return (2, _HUES), the points of length 1."""
    angles = torch.arange(_HUES) * (2 * math.pi / _HUES)
    return torch.stack((angles.cos(), angles.sin()))


def hull(limits: Tensor) -> Tensor:
    """Return, (_HUES,), how far the convex hull of grey and these colours goes.

    The projection onto a convex set makes no difference larger. Onto the colours alone
    it would jump, and rounding errors with it.
    """
    rays = _rays()
    likeness = rays.mT @ rays  # (_HUES, _HUES)
    furthest = (limits * likeness).amax(dim=1).clamp_min(0)
    ahead = torch.where(likeness > 1e-3, furthest / likeness, torch.inf)
    return ahead.amin(dim=1)


def nearest_chroma(limits: Tensor) -> Tensor:
    """Return, at each node of the grid, the nearest chroma within the hull.

    Args:
        limits: (_HUES,), of saturation.

    Returns:
        (2, _NODES, _NODES), the first coordinate along the last dimension.
    """
    line = torch.linspace(-1, 1, _NODES)
    places = torch.stack(torch.meshgrid(line, line, indexing="xy"))
    corners = (_rays() * hull(limits)).mT  # (_HUES, 2), of a polygon
    sides = corners.roll(-1, dims=0) - corners
    offsets = places[None] - corners[..., None, None]  # (_HUES, 2, y, x)
    along = torch.einsum("hkyx,hk->hyx", offsets, sides)
    length = sides.square().sum(dim=1).clamp_min(1e-12)[:, None, None]
    part = (along / length).clamp_(0, 1)[:, None]
    ways = offsets - part * sides[..., None, None]
    side = ways.square().sum(dim=1).argmin(dim=0)
    way = ways.gather(0, side.expand(1, 2, -1, -1))[0]
    # Of the sector that a node lies in, its side says whether it is inside.
    sector = (_turns(places) * _HUES).remainder(_HUES).long().clamp_max(_HUES - 1)
    ahead, aside = sides[sector].unbind(dim=2)
    gone = places - corners[sector].permute(2, 0, 1)
    is_within = ahead * gone[1] - aside * gone[0] > 0
    return torch.where(is_within, places, places - way)


class ColorLimits:
    """Moves colours to the nearest that the paintings have; luminance stays.

    These are the mixtures of its colours with each other and with grey. Saturation
    gives way where no colour is so light or so dark.

    Args:
        limits: (N, R, _HUES), of each picture's regions (`saturation_by_hue`).
        shares: (R, H, W), of each pixel; what they leave is free. None if one region
            is all of the picture.
        slack: added to the limits; at 1 nothing is limited.
    """

    def __init__(self, limits: Tensor, shares: Tensor | None, slack: float) -> None:
        self._shares = shares
        self._is_free = slack >= 1
        tables = [nearest_chroma(each + slack) for each in limits.flatten(0, 1).cpu()]
        shape = (*limits.shape[:2], *tables[0].shape)
        self._tables = torch.stack(tables).view(shape).to(limits.device)

    def __call__(self, image: Tensor) -> None:
        """Bring (N, 3, H, W) into [0, 1] and among the allowed colours, in place."""
        image.clamp_(0, 1)
        if self._is_free:
            return
        light, place = luminance(image), chroma(image)
        grid = place.permute(0, 2, 3, 1)
        allowed = torch.zeros_like(place) if self._shares is None else self._free(place)
        for region, tables in enumerate(self._tables.unbind(dim=1)):
            found = F.grid_sample(tables, grid, align_corners=True)
            allowed += found if self._shares is None else self._shares[region] * found
        image.copy_(_colored(light, allowed))

    def _free(self, place: Tensor) -> Tensor:
        return place * (1 - torch.as_tensor(self._shares).sum(dim=0))


def _colored(light: Tensor, place: Tensor) -> Tensor:
    """Return (N, 3, H, W) in [0, 1] of a luminance, and of a chroma as far as it goes.

    Args:
        light: (N, 1, H, W).
        place: (N, 2, H, W).
    """
    along, across = place[:, :1] / 3, place[:, 1:] / math.sqrt(3)
    color = torch.cat((2 * along, across - along, -across - along), dim=1)
    color = color - luminance(color)
    room = torch.where(color > 0, 1 - light, light) / color.abs().clamp_min(1e-6)
    return light + color * room.amin(dim=1, keepdim=True).clamp_max(1)


def color_limits(job: Job, rung: Rung, device: torch.device) -> ColorLimits:
    """Return the limits of a job's pictures at a rung.

    With the style strength going to 0 they go away: then the photograph comes back.
    """
    found = [_of_regions(job, inputs, rung) for inputs in job.batch]
    shares = [each.shares for each in _regions(job.batch[0], rung)]
    masks = [each for each in shares if each is not None]
    return ColorLimits(
        torch.stack(found).to(device),
        torch.cat(masks)[:, 0].to(device) if masks else None,
        slack=1 - min(1.0, 2 * job.options.style_strength),
    )


def _regions(inputs: ContentAndStyles, rung: Rung) -> tuple[Region, ...]:
    return regions(inputs.styles, rung.width_px, rung.height_px)


def _of_regions(job: Job, inputs: ContentAndStyles, rung: Rung) -> Tensor:
    """Return (R, _HUES), of each region the most that one of its paintings has."""
    limits = []
    for style, image in zip(inputs.styles, inputs.palette.style_images, strict=True):
        size = style_size(image, rung, job.options.style_scale)
        mask = style.image_mask
        shares = None if mask is None else to_plane(mask, *size)
        limits.append(saturation_by_hue(to_tensor(image, *size), shares))
    return torch.stack(
        [
            torch.stack([limits[index] for index, _ in region.members]).amax(dim=0)
            for region in _regions(inputs, rung)
        ]
    )
