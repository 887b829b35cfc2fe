"""The press: repaints a photograph in the manner of a painting.

A library and a command line in its own right; knows nothing of visitors, queues or
stores. Source of the method: Gatys, Ecker and Bethge 2016; of its quality anchors:
crowsonkb's style-transfer-pytorch.
"""

from .errors import (
    EngineError,
    Interrupted,
    NumericalDivergenceError,
    OutOfMemoryError,
    WeightsError,
)
from .options import Preset, StyleLoss, StylizeOptions
from .step import Step, StepLosses
from .stylize import EngineDescription, StyleEngine

__all__ = [
    "EngineDescription",
    "EngineError",
    "Interrupted",
    "NumericalDivergenceError",
    "OutOfMemoryError",
    "Preset",
    "Step",
    "StepLosses",
    "StyleEngine",
    "StyleLoss",
    "StylizeOptions",
    "WeightsError",
]
