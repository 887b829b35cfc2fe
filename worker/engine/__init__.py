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
from .judgement import QualityReport, judge
from .options import Color, Preset, Start, StyleLoss, StylizeOptions
from .step import Step, StepLosses
from .stylize import EngineDescription, StyleEngine

__all__ = [
    "Color",
    "EngineDescription",
    "EngineError",
    "Interrupted",
    "NumericalDivergenceError",
    "OutOfMemoryError",
    "Preset",
    "QualityReport",
    "Start",
    "Step",
    "StepLosses",
    "StyleEngine",
    "StyleLoss",
    "StylizeOptions",
    "WeightsError",
    "judge",
]
