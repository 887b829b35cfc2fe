"""Students of light networks with made numbers."""

import torch
from torch import Tensor

from worker.engine.features.weights.students import student_shapes


def drawn(seed: int = 0) -> dict[str, Tensor]:
    """Numbers of a student that keep activations' size."""
    random = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in student_shapes().items():
        tensor = torch.randn(shape, generator=random)
        if len(shape) > 1:
            tensor *= (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        elif name.endswith(".scale"):
            tensor = tensor.abs() + 0.5
        else:
            tensor *= 0.1
        tensors[name] = tensor
    return tensors
