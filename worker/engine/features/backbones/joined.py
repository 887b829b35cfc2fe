"""A VGG and a vision transformer that look at the same picture: one extractor.

A transformer tells what belongs together in a picture, and knows no texture finer than
its patches; a VGG tells textures. Only what is asked for is computed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.backbones.vit import KEYS, TOKENS, Vit
from worker.engine.features.extractor import InterruptionCheck, Reading, Tap
from worker.engine.features.weights import VggWeights
from worker.engine.features.weights.vit_checkpoint import VitWeights

_LAYER = re.compile(rf"(?:block\d+|last)\.(?:{KEYS}|{TOKENS})")


@dataclass(frozen=True)
class VggAndVitWeights:
    """The weights of both."""

    vgg: VggWeights
    vit: VitWeights

    @property
    def sha256(self) -> str:
        """Of each."""
        return f"vit:{self.vit.sha256},{self.vgg.network}:{self.vgg.sha256}"


class VggAndVit:
    """Implements `FeatureExtractor`; the transformer's layers are "block11.keys".

    "last.keys" and "last.tokens" are those of the last block, however many there are.

    Args:
        vgg: has the layers "relu1_1" and so on.
        vit: has all others.
    """

    def __init__(self, vgg: Vgg, vit: Vit) -> None:
        self._vgg, self._vit = vgg, vit
        self.device, self.precision = vgg.device, vgg.precision
        self.grid_px = vgg.grid_px
        self.key = (*vgg.key, *vit.key)

    def require(self, layers: Iterable[str]) -> None:
        """Raise ValueError unless one of them has each layer."""
        others = []
        for layer in layers:
            if _LAYER.fullmatch(layer) is None:
                others.append(layer)
            elif _block(layer, self._vit) >= self._vit.shape.depth:
                raise ValueError(
                    f"this network has no layer {layer}; its last block is "
                    f"{self._vit.shape.depth - 1}"
                )
        self._vgg.require(others)

    def stride(self, layer: str) -> int:
        """Return how many pixels of the image lie between two positions of a layer."""
        if _LAYER.fullmatch(layer):
            return self._vit.shape.patch_px
        return self._vgg.stride(layer)

    def reach_px(self, layers: Iterable[str]) -> int | None:
        """Return how far the deepest of the layers sees; None: all of the picture."""
        layers = [*layers]
        if any(_LAYER.fullmatch(layer) for layer in layers):
            return None
        return self._vgg.reach_px(layers)

    def loss_scale(self, pixels: int) -> float:
        """Return the VGG's; the transformer never computes in float16."""
        return self._vgg.loss_scale(pixels)

    def feature_maps(
        self, image: Tensor, taps: Iterable[str], check_interruption: InterruptionCheck
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield each tap with its maps, the VGG's first."""
        of_vgg, of_vit = _split(taps)
        if of_vgg:
            yield from self._vgg.feature_maps(image, of_vgg, check_interruption)
        yield from self._maps_of_vit(image, of_vit, check_interruption)

    def read(
        self,
        image: Tensor,
        taps: Mapping[str, Tap[Reading]],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> dict[str, Reading]:
        """Return what each tap keeps of its layer."""
        of_vgg, of_vit = _split(taps)
        readings: dict[str, Reading] = {}
        if of_vgg:
            chosen = {layer: taps[layer] for layer in of_vgg}
            readings = self._vgg.read(
                image, chosen, check_interruption, recompute=recompute
            )
        found = self._maps_of_vit(
            image, of_vit, check_interruption, recompute=recompute
        )
        readings.update((layer, taps[layer](maps)) for layer, maps in found)
        return readings

    def _maps_of_vit(
        self,
        image: Tensor,
        layers: list[str],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> Iterator[tuple[str, Tensor]]:
        if not layers:
            return
        self.require(layers)
        wanted: dict[tuple[int, str], list[str]] = {}
        for layer in layers:
            which = (_block(layer, self._vit), layer.partition(".")[2])
            wanted.setdefault(which, []).append(layer)
        maps_of = self._vit.maps(image, wanted, check_interruption, recompute=recompute)
        for which, maps in maps_of:
            # "last.keys" may be asked for beside "block11.keys".
            yield from ((layer, maps) for layer in wanted[which])


def _split(layers: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the layers of the VGG, and those of the transformer."""
    of_vgg: list[str] = []
    of_vit: list[str] = []
    for layer in layers:
        (of_vit if _LAYER.fullmatch(layer) else of_vgg).append(layer)
    return of_vgg, of_vit


def _block(layer: str, vit: Vit) -> int:
    """Return the number of a layer's block."""
    name = layer.partition(".")[0]
    return vit.shape.depth - 1 if name == "last" else int(name.removeprefix("block"))
