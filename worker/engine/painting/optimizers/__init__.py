"""Walks: how a picture moves down its objective, one evaluation a step.

Each knows gradients and images, no network and no loss. A walk can be moved to another
size, so that a finer rung starts warm, and its memory can be taken out and put back.
"""

from worker.engine.painting.optimizers.adam import AdamWalk
from worker.engine.painting.optimizers.lbfgs import LbfgsWalk
from worker.engine.painting.optimizers.optimizer import Walk, enlarge

__all__ = ["AdamWalk", "LbfgsWalk", "Walk", "enlarge"]
