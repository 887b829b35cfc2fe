"""Networks that others trained: found, checked, and kept ready.

Every picture depends on these numbers, so each file is told by its hash or refused;
nothing here ever draws weights at random. Knows names and shapes of the layers, not
how to compute them.

`python -m worker.engine fetch-weights` fills the cache, for example while a container
is built.
"""

from worker.engine.features.weights.load import load_weights
from worker.engine.features.weights.networks import (
    OXFORD_PREPROCESSING,
    NetworkDescription,
    VggNetwork,
)
from worker.engine.features.weights.preprocessing import (
    Preprocessing,
    fold_preprocessing,
)
from worker.engine.features.weights.vgg_weights import VggWeights

__all__ = [
    "OXFORD_PREPROCESSING",
    "NetworkDescription",
    "Preprocessing",
    "VggNetwork",
    "VggWeights",
    "fold_preprocessing",
    "load_weights",
]
