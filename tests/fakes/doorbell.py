"""Doorbells that remember."""

from dataclasses import dataclass, field

from app.contract.kind import Lane


@dataclass
class MemoryDoorbell:
    """Implements the `Doorbell` port; remembers who was rung for."""

    rung: list[str] = field(default_factory=list)
    lanes: set[Lane] = field(default_factory=set)

    def ring(self, job_id: str, lane: Lane) -> None:
        """Note the id."""
        self.rung.append(job_id)
        self.lanes.add(lane)


@dataclass
class MemoryWebhookBell:
    """Implements the `WebhookBell` port; counts the rings."""

    rings: int = 0

    def ring(self) -> None:
        """Count once more."""
        self.rings += 1
