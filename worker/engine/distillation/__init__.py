"""Light networks that learn a teacher's feature maps, to be used in its place."""

from worker.engine.distillation.distiller import (
    Distillation,
    DistillationStep,
    distil,
)
from worker.engine.distillation.options import DistillationOptions
from worker.engine.distillation.state import DistillationState, Likeness

__all__ = [
    "Distillation",
    "DistillationOptions",
    "DistillationState",
    "DistillationStep",
    "Likeness",
    "distil",
]
