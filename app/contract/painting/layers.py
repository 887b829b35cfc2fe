"""The layers by name, of each network."""

import math
import re
from collections.abc import Iterable

from app.contract.painting.choices import Network

#: From shallow to deep.
VGG19_LAYERS = (
    "relu1_1", "relu1_2",
    "relu2_1", "relu2_2",
    "relu3_1", "relu3_2", "relu3_3", "relu3_4",
    "relu4_1", "relu4_2", "relu4_3", "relu4_4",
    "relu5_1", "relu5_2", "relu5_3", "relu5_4",
)  # fmt: skip
_ONLY_IN_VGG19 = frozenset({"relu3_4", "relu4_4", "relu5_4"})
VGG16_LAYERS = tuple(name for name in VGG19_LAYERS if name not in _ONLY_IN_VGG19)

#: What a student was taught: all that painting and training read unless told otherwise.
STUDENT_LAYERS = (
    "relu1_1",
    "relu2_1", "relu2_2",
    "relu3_1", "relu3_2", "relu3_3",
    "relu4_1", "relu4_2",
    "relu5_1",
)  # fmt: skip


#: Of a vision transformer: keys of its attention, and tokens that leave each block.
_OF_A_BLOCK = ("keys", "tokens")
_VIT_BLOCKS = 12
VIT_LAYERS = tuple(
    f"block{index}.{kind}" for index in range(_VIT_BLOCKS) for kind in _OF_A_BLOCK
)
#: Of a vision transformer whose blocks nobody has counted yet.
LAST_LAYERS = tuple(f"last.{kind}" for kind in _OF_A_BLOCK)
ALL_LAYERS = (*VGG19_LAYERS, *VIT_LAYERS, *LAST_LAYERS)


def layers_of(network: Network) -> tuple[str, ...]:
    """Return the network's layers, from shallow to deep."""
    if network is Network.VIT:
        return (*VGG19_LAYERS, *LAST_LAYERS)
    if network.is_vit:
        return (*VGG19_LAYERS, *VIT_LAYERS)
    if network is Network.STUDENT_LITE0:
        return STUDENT_LAYERS
    return VGG16_LAYERS if network.is_vgg16 else VGG19_LAYERS


def by_depth(layers: Iterable[str]) -> tuple[str, ...]:
    """Return names of layers from shallow to deep: the numbers in them tell.

    A transformer's come after all of a VGG's.
    """
    return tuple(sorted(layers, key=_depth))


def _depth(layer: str) -> tuple[bool, list[float], str]:
    numbers = [float(each) for each in re.findall(r"[0-9]+", layer)]
    return not layer.startswith("relu"), numbers or [math.inf], layer
