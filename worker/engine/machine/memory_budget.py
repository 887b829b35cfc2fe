"""How much memory there is where an engine computes, and what jobs would take of it.

Knows machines and the estimates, no pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.contract.painting.choices import MemoryMode
from worker.engine.machine import device as devices
from worker.engine.machine.memory_plan import (
    LinearNeed,
    NetworkMemory,
    linear_needs,
    usable_bytes,
)


@dataclass(frozen=True)
class MemoryBudget:
    """The memory where an engine computes.

    Attributes:
        total_bytes: all there is; None if nobody knows, like the others.
        usable_bytes: what a job may take now.
        process_bytes: what this process holds of the system's memory.
        needs: what a job takes, by mode, in the engine's own precision, with Adam.
    """

    total_bytes: int | None
    usable_bytes: int | None
    process_bytes: int | None
    needs: Mapping[MemoryMode, LinearNeed]


def memory_budget_of(compute: devices.Compute, memory: NetworkMemory) -> MemoryBudget:
    """Return what room there is now, and what jobs take with such a network."""
    free_bytes = devices.free_memory_bytes(compute.device)
    return MemoryBudget(
        total_bytes=devices.total_memory_bytes(compute.device),
        usable_bytes=None if free_bytes is None else usable_bytes(free_bytes),
        process_bytes=devices.process_memory_bytes(),
        needs=linear_needs(compute.precision, memory),
    )
