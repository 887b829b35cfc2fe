"""A network's numbers as a training takes them, and as it gives them back."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from app.contract.packs.architectures import (
    ARCHITECTURES,
    Architecture,
    ArchitectureName,
)
from app.contract.packs.info import PackInfo
from worker.engine.feedforward.packs import Pack

Weights = Mapping[str, Tensor]
#: Of the first numbers of a style, around a scale of 1 and a shift of 0.
_STYLE_SPREAD = 0.02


def weights_of_pack(pack: Pack) -> dict[str, Tensor]:
    """Return copies of all numbers of a pack."""
    both = {**pack.kernels, **pack.condition}
    return {name: each.detach().clone() for name, each in both.items()}


def drawn_weights(name: ArchitectureName, seed: int) -> dict[str, Tensor]:
    """Return numbers drawn at random, for a training from scratch.

    Source: He et al. 2015, "Delving deep into rectifiers", eq. 14, for the kernels.
    """
    random = torch.Generator().manual_seed(seed)
    shape, drawn = ARCHITECTURES[name], {}
    for tensor, size in shape.kernel_shapes().items():
        deviation = math.sqrt(2 / max(1, math.prod(size[1:])))
        drawn[tensor] = torch.randn(size, generator=random) * deviation
        if tensor.endswith(".bias"):
            drawn[tensor].zero_()
    for tensor, size in shape.style_shapes().items():
        first = float(tensor.endswith(".scale"))
        drawn[tensor] = first + torch.randn(size, generator=random) * _STYLE_SPREAD
    return drawn


def as_pack(weights: Weights, name: ArchitectureName, info: PackInfo) -> Pack:
    """Return copies of the numbers as a pack."""
    shape: Architecture = ARCHITECTURES[name]

    def part(names: Mapping[str, object]) -> dict[str, Tensor]:
        return {each: weights[each].detach().cpu().clone() for each in names}

    return Pack(name, part(shape.kernel_shapes()), part(shape.style_shapes()), info)
