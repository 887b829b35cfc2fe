"""Fast styles trained from a painting: a library of its own on networks and losses."""

from worker.engine.training.controls import CHANGEABLE, TrainingControls
from worker.engine.training.engine import NEAREST, SCRATCH, TrainingEngine
from worker.engine.training.held_out import HeldOutScore
from worker.engine.training.options import Trained, TrainingOptions
from worker.engine.training.state import JudgedStep, TrainingState
from worker.engine.training.step import TrainingStep, sheet

__all__ = [
    "CHANGEABLE",
    "NEAREST",
    "SCRATCH",
    "HeldOutScore",
    "JudgedStep",
    "Trained",
    "TrainingControls",
    "TrainingEngine",
    "TrainingOptions",
    "TrainingState",
    "TrainingStep",
    "sheet",
]
