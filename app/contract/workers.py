"""What a worker says of itself, again and again, while it lives; and what it can do."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from app.contract.kind import AUTO_MEMORY, Lane, Needs


class Asking(Protocol):
    """A job that waits for a worker."""

    @property
    def kind(self) -> str:
        """Its kind, by name."""

    @property
    def lane(self) -> Lane:
        """In which line it waits."""

    @property
    def needs(self) -> Needs:
        """What a worker must have."""


class WorkerOffer(BaseModel):
    """What a worker can do: it is given no job that asks for more.

    Attributes:
        kinds: of jobs, by name.
        lanes: that it serves.
        networks: by name.
        device: as the engine names it.
        units: the most `Needs.units` that it can hold, by memory mode; a mode that is
            not there is not known, and refuses nothing.
    """

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...]
    lanes: tuple[Lane, ...]
    networks: tuple[str, ...]
    device: str
    units: dict[str, int] = {}

    def lacks(self, job: Asking) -> list[str]:
        """Return what is missing for a job, in words; `claim.lua` asks the same."""
        needs = job.needs
        most = self.units.get(needs.memory)
        missing = {
            "kind": job.kind not in self.kinds,
            "lane": job.lane not in self.lanes,
            "network": bool(needs.network) and needs.network not in self.networks,
            "device": bool(needs.device) and needs.device != self.device,
            "memory": most is not None and needs.units > most,
        }
        return [what for what, is_missing in missing.items() if is_missing]


class MemoryNeed(BaseModel):
    """What a picture takes in one memory mode: a base and so much for each pixel."""

    model_config = ConfigDict(frozen=True)

    base_bytes: int
    bytes_per_pixel: float

    def units_within(self, capacity_bytes: int) -> int:
        """Return the most pixels that fit, below 0 if not even the base does."""
        return int((capacity_bytes - self.base_bytes) // self.bytes_per_pixel)


class WorkerInfo(BaseModel):
    """A worker's announcement.

    Attributes:
        name: unique, also over restarts.
        kinds: of jobs that it can do, by name; none before version 4.
        lanes: that it serves.
        device: as the engine names it.
        memory_total_bytes: of the device; None if it is not known.
        memory_free_bytes: what a job may take now; None if it is not known.
        memory_needs: by memory mode; what an estimate needs. Empty if not known.
        network_needs: the same of networks that take another amount, by name.
        job_id: the job that it holds.
        started_at: when the process was ready.
        seen_at: when it was last heard of; the ledger fills it in.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kinds: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = tuple(Lane)
    device: str = "unknown"
    precision: str = "unknown"
    convolutions: str = "unknown"
    algorithm: str = "unknown"
    torch: str = "unknown"
    threads: int = 0
    networks: tuple[str, ...] = ()
    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_needs: dict[str, MemoryNeed] = {}
    network_needs: dict[str, dict[str, MemoryNeed]] = {}
    process_bytes: int | None = None
    job_id: str | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None

    @property
    def capacity_bytes(self) -> int | None:
        """What a next job can have: all, if now another one has a part of it."""
        if self.job_id is not None or self.memory_free_bytes is None:
            return self.memory_total_bytes
        return self.memory_free_bytes

    @property
    def offer(self) -> WorkerOffer:
        """What it can do."""
        units: dict[str, int] = {}
        capacity = self.capacity_bytes
        if capacity is not None and self.memory_needs:
            modes = self.memory_needs.items()
            units = {mode: need.units_within(capacity) for mode, need in modes}
            units[AUTO_MEMORY] = max(units.values())
        return WorkerOffer(
            kinds=self.kinds,
            lanes=self.lanes,
            networks=self.networks,
            device=self.device,
            units=units,
        )
