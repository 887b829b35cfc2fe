"""Walks: how a picture moves down its objective, one evaluation a step.

Each knows gradients and images, no network and no loss. A walk can be moved to another
size, so that a finer rung starts warm, and its memory can be taken out and put back.
"""

from .adam import AdamWalk
from .lbfgs import LbfgsWalk
from .walk import Walk, enlarge

__all__ = ["AdamWalk", "LbfgsWalk", "Walk", "enlarge"]
