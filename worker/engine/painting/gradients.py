"""How the objective's gradient is had: all at once, or within less memory.

All ways give the same gradient, up to rounding. Knows the network and the objective,
no optimizer.
"""

import torch
from torch import Tensor

from worker.engine.features.extractor import (
    FeatureExtractor,
    InterruptionCheck,
    tiles_of,
)
from worker.engine.losses.objective import Losses, Objective
from worker.engine.losses.readings import LayerReading, detached
from worker.engine.machine.tiles import Tile


def clipped(gradient: Tensor, limit: float) -> Tensor:
    """Return the gradient of each picture, shortened to `limit` if it is longer.

    Its length is the root mean square times the number of values, which does not
    depend on the picture's size: the objective's fall if every value moved by 1.

    Args:
        gradient: (N, 3, H, W).
        limit: greatest length.
    """
    count = gradient[0].numel()
    length = gradient.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() * count
    return gradient * (limit / length.clamp_min(1e-30)).clamp_max(1)


def differentiate(
    objective: Objective,
    network: FeatureExtractor,
    image: Tensor,
    check_interruption: InterruptionCheck,
    *,
    recompute: bool,
) -> tuple[Losses, Tensor]:
    """Return the losses at `image`, detached, and the gradient of their sum.

    Args:
        objective: what is minimized.
        network: the feature extractor.
        image: (N, 3, H, W).
        check_interruption: called now and then; may raise.
        recompute: trade time for memory (`FeatureExtractor.read`).
    """
    leaf = image.detach().requires_grad_()
    taps = {
        layer: lambda maps, layer=layer: objective.read(layer, maps)
        for layer in objective.goals
    }
    readings = network.read(leaf, taps, check_interruption, recompute=recompute)
    losses = objective.losses(leaf, readings)
    scale = network.loss_scale(image.shape[2:].numel())
    (gradient,) = torch.autograd.grad(losses.total.sum() * scale, leaf)
    return losses.detach(), gradient / scale


def differentiate_in_tiles(
    objective: Objective,
    network: FeatureExtractor,
    image: Tensor,
    check_interruption: InterruptionCheck,
    tile_px: int,
) -> tuple[Losses, Tensor]:
    """Return the same as `differentiate`, one tile in memory at a time.

    The losses depend on the tiles through sums alone. A first pass adds these up; then
    the losses and their slopes by the sums are known, and a second pass carries the
    slopes back through each tile and accumulates the image's gradient. Exact: each
    tile's own positions see all that they see in the whole picture.
    """
    parts = tiles_of(network, image, tuple(objective.goals), tile_px)
    readings = _read_all(objective, network, image, parts, check_interruption)
    leaf = image.detach().requires_grad_()
    leaves = detached(readings)
    losses = objective.losses(leaf, leaves)
    inputs = [each for reading in leaves.values() for each in reading.tensors()]
    slopes = torch.autograd.grad(
        losses.total.sum(), [leaf, *inputs], materialize_grads=True
    )
    gradient = slopes[0].clone()
    scale = network.loss_scale(image.shape[2:].numel())
    for tile in parts:
        window = tile.window(image).detach().requires_grad_()
        found = _read_tile(objective, network, window, tile, check_interruption)
        outputs = [each for layer in leaves for each in found[layer].tensors()]
        pull = sum(
            (
                (out * slope).sum()
                for out, slope in zip(outputs, slopes[1:], strict=True)
            ),
            start=image.new_zeros(()),
        )
        (part,) = torch.autograd.grad(pull * scale, window)
        tile.window(gradient).add_(part / scale)
    return losses.detach(), gradient


def _read_all(
    objective: Objective,
    network: FeatureExtractor,
    image: Tensor,
    parts: list[Tile],
    check_interruption: InterruptionCheck,
) -> dict[str, LayerReading]:
    readings: dict[str, LayerReading] = {}
    with torch.no_grad():
        for tile in parts:
            window = tile.window(image)
            found = _read_tile(objective, network, window, tile, check_interruption)
            for layer, reading in found.items():
                before = readings.get(layer)
                readings[layer] = reading if before is None else before + reading
    return readings


def _read_tile(
    objective: Objective,
    network: FeatureExtractor,
    window: Tensor,
    tile: Tile,
    check_interruption: InterruptionCheck,
) -> dict[str, LayerReading]:
    taps = {
        layer: lambda maps, layer=layer: objective.read(layer, maps, tile)
        for layer in objective.goals
    }
    return network.read(window, taps, check_interruption)
