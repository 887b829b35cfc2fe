"""The engine: repaints a photograph in the manner of a painting.

A library and a command line in its own right; knows nothing of visitors, queues or
stores. Source of the method: Gatys, Ecker and Bethge 2016; of its quality anchors:
crowsonkb's style-transfer-pytorch.
"""

from app.contract.painting.choices import (
    Color,
    LearningRateSchedule,
    MemoryMode,
    Network,
    OptimizerName,
    Pooling,
    Precision,
    Preset,
    Start,
    StyleLoss,
)
from worker.engine.description import EngineDescription
from worker.engine.errors import (
    EngineError,
    ExceedsMemoryError,
    NumericalDivergenceError,
    OutOfMemoryError,
    StateError,
    WeightsError,
)
from worker.engine.judgement import QualityReport, judge
from worker.engine.options import StylizeOptions
from worker.engine.painting.controls import Controls
from worker.engine.painting.job import Held
from worker.engine.painting.state import PaintingState
from worker.engine.painting.step import Step, StepLosses
from worker.engine.schedule import Scheduled
from worker.engine.styles import LateMask, Style
from worker.engine.stylize import StyleEngine

__all__ = [
    "Color",
    "Controls",
    "EngineDescription",
    "EngineError",
    "ExceedsMemoryError",
    "Held",
    "LateMask",
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
    "Scheduled",
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
