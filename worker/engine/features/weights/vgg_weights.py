"""Kernels and biases under their layers' names, and the hash that tells them apart.

Does not know which file they came from.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from worker.engine.features.weights.networks import VggNetwork


@dataclass(frozen=True)
class VggWeights:
    """Kernels and biases by convolution, as they were released.

    Attributes:
        tensors: "conv4_2.weight" (out, in, 3, 3) and "conv4_2.bias" (out,), float32;
            the first kernel wants `network.description.preprocessing`.
        sha256: of all names, shapes and values: what the picture depends on.
        network: which one they belong to.

    Raises:
        ValueError: they are not the tensors of that network.
    """

    tensors: dict[str, Tensor]
    sha256: str
    network: VggNetwork

    def __post_init__(self) -> None:
        """Refuse another network's tensors."""
        if set(self.tensors) != set(self.network.description.shapes):
            raise ValueError(f"{sorted(self.tensors)} is not all of {self.network}")

    @classmethod
    def of(cls, network: VggNetwork, tensors: dict[str, Tensor]) -> "VggWeights":
        """Return the tensors with their hash."""
        return cls(tensors, digest(tensors), network)


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Return a SHA-256 that does not depend on how a file format pads or orders."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        found.update(json.dumps([name, list(tensor.shape)]).encode())
        found.update(tensor.numpy().astype("<f4", copy=False).data)
    return found.hexdigest()
