"""Does a student's style gradient point where its teacher's does?

That gradient, to the pixels, is all that the optimizing engine takes of a network. The
losses are the engine's own, each picture's style being that of its neighbour in the
batch.
"""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.hyperparameters import HYPERPARAMETERS, share_of
from worker.engine.losses.distances import (
    StyleTarget,
    own_scale,
    wasserstein_distance,
)
from worker.engine.losses.statistics import moments

#: Returns the maps of layers, (N, C, H, W) by name, of pictures (N, 3, H, W).
MapsOf = Callable[[Tensor], Mapping[str, Tensor]]
STYLE_LAYERS = tuple(HYPERPARAMETERS.style_layers)


def style_gradient(images: Tensor, maps_of: MapsOf, *, is_learnt: bool) -> Tensor:
    """Return the gradient of each picture's style loss to its pixels, (N, 3, H, W).

    Args:
        images: (N, 3, H, W) in [0, 1], N at least 2.
        maps_of: a network, of `STYLE_LAYERS` at least.
        is_learnt: keep it differentiable in the network's numbers; the inverse roots
            of the Wasserstein distance count as fixed there.
    """
    pixels = images.detach().requires_grad_()
    loss = _style_losses(maps_of(pixels)).sum()
    (gradient,) = torch.autograd.grad(loss, pixels, create_graph=is_learnt)
    return gradient


def likeness(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the cosine of each picture's two gradients, (N,), in [-1, 1]."""
    return F.cosine_similarity(found.flatten(1), wanted.flatten(1))


def _style_losses(maps: Mapping[str, Tensor]) -> Tensor:
    total: Tensor | float = 0.0
    for layer in STYLE_LAYERS:
        found = moments(maps[layer])
        positions, channels = maps[layer].shape[2:].numel(), maps[layer].shape[1]
        with torch.no_grad():
            style = moments(maps[layer].roll(1, 0))
            target = StyleTarget.with_root(style)
            scale = own_scale(found, style)
        few = maps[layer] if positions < channels else None
        distance = wasserstein_distance(found, target, few) / scale
        total = total + share_of(HYPERPARAMETERS.style_layers, layer) * distance
    return torch.as_tensor(total)
