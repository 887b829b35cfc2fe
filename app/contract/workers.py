"""What a worker says of itself, again and again, while it lives."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class MemoryNeed(BaseModel):
    """What a picture takes in one memory mode: a base and so much for each pixel."""

    model_config = ConfigDict(frozen=True)

    base_bytes: int
    bytes_per_pixel: float


class WorkerInfo(BaseModel):
    """A worker's announcement.

    Attributes:
        name: unique, also over restarts.
        kinds: of jobs that it can do, by name; none before version 4.
        device: as the engine names it.
        memory_total_bytes: of the device; None if it is not known.
        memory_free_bytes: what a job may take now; None if it is not known.
        memory_needs: by memory mode; what an estimate needs. Empty if not known.
        job_id: the job that it holds.
        started_at: when the process was ready.
        seen_at: when it was last heard of; the ledger fills it in.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kinds: tuple[str, ...] = ()
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
    process_bytes: int | None = None
    job_id: str | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None
