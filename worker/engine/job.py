"""One picture: down the ladder from the coarsest rung to the finest.

Everything that belongs to a job lives in these generators' frames and dies with them.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .backbones.vgg import Vgg19
from .colors import Palette, match_colors
from .errors import Interrupted
from .images import fingerprint, framed, to_tensor, unframed
from .objective import Losses, LossWeights, Objective, style_targets
from .optimize import AveragedIterate, ProjectedAdam, enlarge
from .options import Start, StylizeOptions
from .progress import Progress
from .recipe import Recipe
from .scales import Rung, fit
from .step import Step
from .style_cache import StyleCache, StyleTargets

#: Of the style's long side: relu5_1 sees 1/16 of it.
_SMALLEST_STYLE_PX = 32


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one picture is made from; nothing in it changes while it is made.

    Attributes:
        palette: the two pictures as the network shall see them.
        options: the user's choices.
        rungs: the ladder.
        recipe: the numbers behind the look.
        stop: set by another thread to end the job.
        report_interval_s: wall time between reported steps.
    """

    palette: Palette
    options: StylizeOptions
    rungs: tuple[Rung, ...]
    recipe: Recipe
    stop: threading.Event
    report_interval_s: float

    def checkpoint(self) -> None:
        """Raise `Interrupted` if somebody asked to stop."""
        if self.stop.is_set():
            raise Interrupted("the job was asked to stop")

    def content_at(self, rung: Rung) -> Tensor:
        """Return the content at a rung's size."""
        return to_tensor(self.palette.content_image, rung.width_px, rung.height_px)

    def style_size_at(self, rung: Rung) -> tuple[int, int]:
        """Return the style's (width, height) at a rung: its long side, never enlarged.

        So its strokes keep their size relative to the picture. It is not made smaller
        than the network can take in.
        """
        wanted_px = round(rung.scale_px * self.options.style_scale)
        largest_px = max(self.palette.style_image.size)
        scale_px = min(max(wanted_px, _SMALLEST_STYLE_PX), largest_px)
        return fit(*self.palette.style_image.size, scale_px)

    def loss_weights_at(self, rung: Rung) -> LossWeights:
        """Return the factors of the losses: 8 strength^3 times the recipe's."""
        style = (2 * self.options.style_strength) ** 3
        content = (2 * self.options.content_strength) ** 3 * self.recipe.content_weight
        coarseness = self.rungs[-1].scale_px / rung.scale_px
        return LossWeights(
            content=content * coarseness**self.recipe.coarse_content,
            style=style,
            # It smooths paint, not photographs: without style, none.
            total_variation=style * self.recipe.total_variation_weight,
        )


def paint(job: Job, network: Vgg19, style_cache: StyleCache) -> Iterator[Step]:
    """Yield sparse steps; the last one's picture is the result.

    All images in here but the style's wear a frame (`images.FRAME_PX`).
    """
    progress = Progress(job.rungs, job.report_interval_s, job.palette.finish)
    optimizer = ProjectedAdam(job.recipe.learning_rate, job.recipe.betas)
    pastiche: Tensor | None = None
    for scale, rung in enumerate(job.rungs, start=1):
        content_image = framed(job.content_at(rung).to(network.device))
        targets = _style_targets(job, rung, network, style_cache)
        objective = Objective(
            network,
            job.recipe,
            content_image,
            targets,
            job.loss_weights_at(rung),
            style_loss=job.options.style_loss,
            checkpoint=job.checkpoint,
        )
        if pastiche is None:
            image = _start(job, rung, content_image)
        else:
            finer = enlarge(unframed(pastiche), rung.height_px, rung.width_px)
            image = framed(finer.clamp_(0, 1))
            optimizer.move_to(*content_image.shape[2:])
        average = AveragedIterate(1 - 1 / max(1.0, job.recipe.averaging * rung.steps))
        for number in range(1, rung.steps + 1):
            losses, gradient = _differentiate(objective, image)
            optimizer.step(image, gradient)
            average.add(image)
            if progress.is_due(scale, number):
                with progress.report(scale, number, losses, average) as step:
                    yield step
        pastiche = average.image()


def _style_targets(
    job: Job, rung: Rung, network: Vgg19, style_cache: StyleCache
) -> StyleTargets:
    """Return the style's statistics for a rung, remembered if they were met before."""
    width_px, height_px = job.style_size_at(rung)

    def compute() -> StyleTargets:
        style_image = to_tensor(job.palette.style_image, width_px, height_px)
        return style_targets(
            network, job.recipe, style_image.to(network.device), job.checkpoint
        )

    key = (fingerprint(job.palette.style_image), width_px, height_px, job.recipe.taps)
    return style_cache.get(key, compute)


def _start(job: Job, rung: Rung, content_image: Tensor) -> Tensor:
    """Return the first iterate: the content in the style's colours, and faint noise.

    With the style strength going to 0 it goes to the content itself. A start from noise
    is noise with the style's mean colour and covariance (Gatys et al. 2016 start from
    white noise).
    """
    share = min(1.0, 2 * job.options.style_strength)
    style_image = to_tensor(job.palette.style_image, *job.style_size_at(rung))
    matched = match_colors(content_image, style_image.to(content_image.device))
    random = torch.Generator().manual_seed(job.options.seed)
    noise = torch.randn(content_image.shape, generator=random).to(content_image.device)
    if job.options.start is Start.NOISE and share > 0:
        white = (0.5 + 0.2 * noise).clamp_(0, 1)
        return match_colors(white, style_image.to(content_image.device))
    start = torch.lerp(content_image, matched, share)
    return start.add_(noise, alpha=share * job.recipe.noise).clamp_(0, 1)


def _differentiate(objective: Objective, image: Tensor) -> tuple[Losses, Tensor]:
    """Return the losses at `image`, detached, and the gradient of their sum."""
    leaf = image.detach().requires_grad_()
    losses = objective(leaf)
    (gradient,) = torch.autograd.grad(losses.total, leaf)
    return losses.detach(), gradient
