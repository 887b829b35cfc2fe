"""The press: repaints a photograph in the manner of a painting.

A library and a command line in its own right; knows nothing of visitors, queues or
stores. Source of the method: Gatys, Ecker and Bethge 2016; of its quality anchors:
crowsonkb's style-transfer-pytorch.
"""

from .choices import (
    Color,
    LearningRateSchedule,
    MemoryMode,
    OptimizerName,
    Pooling,
    Precision,
    Preset,
    Start,
    StyleLoss,
)
from .controls import Controls
from .description import EngineDescription
from .errors import (
    EngineError,
    ExceedsMemoryError,
    Interrupted,
    NumericalDivergenceError,
    OutOfMemoryError,
    StateError,
    WeightsError,
)
from .judgement import QualityReport, judge
from .options import StylizeOptions
from .state import PaintingState
from .step import Step, StepLosses
from .styles import Style
from .stylize import StyleEngine
from .weights import Network

__all__ = [
    "Color",
    "Controls",
    "EngineDescription",
    "EngineError",
    "ExceedsMemoryError",
    "Interrupted",
    "LearningRateSchedule",
    "MemoryMode",
    "Network",
    "NumericalDivergenceError",
    "OptimizerName",
    "OutOfMemoryError",
    "PaintingState",
    "Pooling",
    "Precision",
    "Preset",
    "QualityReport",
    "Start",
    "StateError",
    "Step",
    "StepLosses",
    "Style",
    "StyleEngine",
    "StyleLoss",
    "StylizeOptions",
    "WeightsError",
    "judge",
]
