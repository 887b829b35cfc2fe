"""No hue that the paintings have not: how saturated a pastiche may be, by hue.

Statistics of feature maps tell colours only roughly: a painting in black and white can
be met by violet strokes. So each step ends inside the colours that the paintings have,
as it ends inside [0, 1]. Knows pixels and masks, neither network nor loss.
"""

import math

import torch
from torch import Tensor

from app.contract.kinds.image.ladder import Rung
from worker.engine.images import to_plane, to_tensor
from worker.engine.painting.colors import luminance
from worker.engine.painting.job import ContentAndStyles, Job, style_size
from worker.engine.styles import Region, regions

#: Angles at which a painting is asked for its saturation.
_HUES = 72
#: Hues this far apart, in steps of `_HUES`, count as one: 12.5 degrees.
_WINDOW = 2
_LEVELS = 256
#: What less of a painting has, such as the fringes of JPEG, is not a colour of it.
_LEAST_PART = 1e-3


def hue_and_saturation(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return angle, in steps of `_HUES`, and length of the chroma, (N, 1, H, W) each.

    Both are those of (R - (G + B) / 2, sqrt(3) / 2 (G - B)): grey added to a colour
    changes neither; pure red, green and blue have length 1.

    Args:
        image: (N, 3, H, W), in [0, 1].
    """
    red, green, blue = image[:, :1], image[:, 1:2], image[:, 2:]
    along, across = red - (green + blue) / 2, (green - blue) * (math.sqrt(3) / 2)
    angle = torch.atan2(across, along) / (2 * math.pi)
    return angle * _HUES, torch.hypot(along, across)


def saturation_by_hue(image: Tensor, shares: Tensor | None = None) -> Tensor:
    """Return (_HUES,), the greatest saturation near each hue, 0 where it is absent.

    Args:
        image: (1, 3, H, W), on the CPU: there equal pictures count equally.
        shares: (1, 1, H, W), how much of each pixel counts; all of it if None.
    """
    hue, saturation = hue_and_saturation(image)
    row = hue.round().long().remainder(_HUES)
    cell = row * _LEVELS + (saturation * (_LEVELS - 1)).round().long()
    weights = torch.ones_like(hue) if shares is None else shares
    counts = torch.bincount(
        cell.flatten(), weights.double().flatten(), minlength=_HUES * _LEVELS
    ).view(_HUES, _LEVELS)
    at_least = _near(counts).flip(1).cumsum(dim=1).flip(1)
    enough = at_least >= _LEAST_PART * float(weights.sum())
    # Falls along the levels: the number of enoughs is one more than the last of them.
    found = (enough.sum(dim=1) - 1).clamp_min(0).float() / (_LEVELS - 1)
    # A step from one hue to the next would make much of rounding errors.
    return _near(found) / (2 * _WINDOW + 1)


def _near(by_hue: Tensor) -> Tensor:
    """Return the sums over `_WINDOW` hues to each side."""
    turned = [by_hue.roll(by, dims=0) for by in range(-_WINDOW, _WINDOW + 1)]
    return torch.stack(turned).sum(dim=0)


class ColorLimits:
    """Takes saturation away where no painting has so much of that hue.

    Luminance and hue stay: an image in [0, 1] stays in it, and a grey painting leaves
    grey. It is a retraction onto the paintings' colours, not the nearest point of them:
    these are star-shaped around grey, hardly ever convex.

    Args:
        limits: (N, R, _HUES), of each picture's regions (`saturation_by_hue`).
        shares: (R, H, W), of each pixel; what they leave is free. None if one region
            is all of the picture.
        slack: added to the limits; at 1 nothing is limited.
    """

    def __init__(self, limits: Tensor, shares: Tensor | None, slack: float) -> None:
        # The first hue once more at the end: between two hues limits are interpolated.
        self._limits = torch.cat((limits, limits[..., :1]), dim=2) + slack
        self._shares = shares
        self._is_free = slack >= 1

    def __call__(self, image: Tensor) -> None:
        """Bring (N, 3, H, W) into [0, 1] and its saturation to the limits, in place."""
        image.clamp_(0, 1)
        if self._is_free:
            return
        hue, saturation = hue_and_saturation(image)
        kept = (self._allowed(hue[:, 0]) / saturation.clamp_min(1e-6)).clamp_max_(1)
        image.copy_(torch.lerp(luminance(image).expand_as(image), image, kept))

    def _allowed(self, hue: Tensor) -> Tensor:
        """Return the greatest saturation at each hue, (N, 1, H, W), from (N, H, W)."""
        # A hue that is no number is any: the colour stays none, and is found to be so.
        place = hue.nan_to_num().remainder(_HUES).clamp_(0, _HUES - 1e-4)
        before = place.floor()
        part, index = place - before, before.long().flatten(1)
        allowed: Tensor | float = 0.0
        for region, limits in enumerate(self._limits.unbind(dim=1)):
            found = torch.lerp(
                limits.gather(1, index), limits.gather(1, index + 1), part.flatten(1)
            ).view_as(hue)
            allowed += found if self._shares is None else self._shares[region] * found
        if self._shares is not None:
            allowed += 1 - self._shares.sum(dim=0)
        return torch.as_tensor(allowed)[:, None]


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
