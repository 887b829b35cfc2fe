"""The first iterate: the content in the painting's colours, noise, or a given image.

Knows colours and masks, no network.
"""

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import Start
from app.contract.painting.ladder import Rung
from worker.engine.images import framed, to_tensor
from worker.engine.painting.colors import match_colors
from worker.engine.painting.job import ContentAndStyles, Job, style_size
from worker.engine.styles import Region

#: White noise of this deviation around grey fills [0, 1] without clipping much.
_WHITE = 0.2


def first_iterate(
    job: Job, inputs: ContentAndStyles, rung: Rung, regions: tuple[Region, ...]
) -> Tensor:
    """Return (1, 3, H, W), framed.

    With the style strength going to 0 it goes to the content itself. A start from noise
    is noise with the style's mean colour and covariance (Gatys et al. 2016 start from
    white noise). Each inputs of a batch gets the noise that it would get alone.
    """
    size = (rung.width_px, rung.height_px)
    share = min(1.0, 2 * job.options.style_strength)
    if job.options.start.is_given and share > 0:
        return framed(to_tensor(_given(inputs), *size))
    content_image = framed(to_tensor(inputs.palette.content_image, *size))
    random = torch.Generator().manual_seed(job.options.seed)
    noise = torch.randn(content_image.shape, generator=random)
    styles = [
        to_tensor(image, *style_size(image, rung, job.options.style_scale))
        for image in inputs.palette.style_images
    ]
    if job.options.start is Start.NOISE and share > 0:
        return recolored((0.5 + _WHITE * noise).clamp_(0, 1), styles, regions)
    matched = recolored(content_image, styles, regions)
    start = torch.lerp(content_image, matched, share)
    return start.add_(noise, alpha=share * job.hyperparameters.noise).clamp_(0, 1)


def _given(inputs: ContentAndStyles) -> Image.Image:
    if inputs.start_image is None:
        raise ValueError("start is 'image', but no image to start from was given")
    return inputs.start_image


def recolored(
    image: Tensor, styles: list[Tensor], regions: tuple[Region, ...]
) -> Tensor:
    """Return the image in each region's colours; outside of them it stays."""
    recolored = image.clone()
    for region in regions:
        mixed = torch.stack(
            [
                part * match_colors(image, styles[index])
                for index, part in region.members
            ]
        ).sum(dim=0)
        shares = 1.0 if region.shares is None else region.shares
        recolored += shares * (mixed - image)
    return recolored.clamp_(0, 1)
