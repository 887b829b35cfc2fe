"""The fast networks' weights: read out of a package once, and kept as safetensors.

None of that package's code is run, and nothing draws weights at random.
"""

from worker.engine.feedforward.weights.load import (
    ArbitraryWeights,
    MultistyleWeights,
    load_arbitrary,
    load_multistyle,
)

__all__ = [
    "ArbitraryWeights",
    "MultistyleWeights",
    "load_arbitrary",
    "load_multistyle",
]
