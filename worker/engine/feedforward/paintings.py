"""The style of any painting, remembered by the hash of its pixels."""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from PIL import Image
from torch import Tensor

from worker.engine.feedforward.normalization import Condition
from worker.engine.feedforward.predictor import PAINTING_PX, StylePredictor
from worker.engine.feedforward.weights import ArbitraryWeights
from worker.engine.images import fingerprint, to_tensor, upright_rgb

#: A vector takes 400 bytes.
_REMEMBERED = 10_000


class PaintingReader:
    """Turns paintings into vectors of 100 numbers, and those into scales and shifts.

    Args:
        weights: of the arbitrary network.
        device: where scales and shifts are wanted; paintings are looked at on the CPU.
    """

    def __init__(self, weights: ArbitraryWeights, device: torch.device) -> None:
        self._style: Mapping[str, Tensor] = weights.style
        self._predictor = StylePredictor(weights.predictor)
        self._vectors: OrderedDict[str, Tensor] = OrderedDict()
        self._device = device

    def vector(self, painting: Image.Image) -> Tensor:
        """Return a painting's (100,), computed once for equal pixels."""
        painting = upright_rgb(painting)
        key = fingerprint(painting)
        if key not in self._vectors:
            self._vectors[key] = self._predictor(_square(painting))
        self._vectors.move_to_end(key)
        while len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return self._vectors[key]

    def condition(self, painting: Image.Image) -> Condition:
        """Return a painting's scales and shifts."""
        vector = self.vector(painting)
        weights = {n for n in self._style if n.endswith(".weight")}
        names = (name.removesuffix(".weight") for name in sorted(weights))
        return {name: self._row(name, vector).to(self._device) for name in names}

    def _row(self, name: str, vector: Tensor) -> Tensor:
        weight = self._style[f"{name}.weight"][:, :, 0, 0]
        return weight @ vector + self._style[f"{name}.bias"]


def _square(painting: Image.Image) -> Tensor:
    """Return the middle of a painting as (1, 3, 256, 256)."""
    side_px = min(painting.size)
    left_px, top_px = ((side - side_px) // 2 for side in painting.size)
    box = (left_px, top_px, left_px + side_px, top_px + side_px)
    return to_tensor(painting.crop(box), PAINTING_PX, PAINTING_PX)
