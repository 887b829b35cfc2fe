"""Optimizers: how a picture moves down its objective, one evaluation a step.

Each knows gradients and images, no network and no loss. One can be moved to another
size, so that a finer rung starts warm, and its memory can be taken out and put back.
"""

from worker.engine.painting.optimizers.adam import ProjectedAdam
from worker.engine.painting.optimizers.lbfgs import ProjectedLbfgs
from worker.engine.painting.optimizers.optimizer import Optimizer, Projection, enlarge

__all__ = ["Optimizer", "ProjectedAdam", "ProjectedLbfgs", "Projection", "enlarge"]
