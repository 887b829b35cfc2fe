"""What a picture will take: time, waiting, memory; learnt from what others took.

Knows the contract and the ports, no HTTP route: the rooms of jobs and of operations
ask here. Where nothing was learnt yet the answer is None, never a guess.
"""

from app.estimates.estimator import Estimator, PlannedJob
from app.estimates.memory import require_memory
from app.estimates.state import ServiceState, StateReader

__all__ = ["Estimator", "PlannedJob", "ServiceState", "StateReader", "require_memory"]
