"""Doorbells that remember."""

from dataclasses import dataclass, field


@dataclass
class MemoryDoorbell:
    """Implements the `Doorbell` port; remembers who was rung for."""

    rung: list[str] = field(default_factory=list)

    def ring(self, job_id: str) -> None:
        """Note the id."""
        self.rung.append(job_id)


@dataclass
class MemoryWebhookBell:
    """Implements the `WebhookBell` port; counts the rings."""

    rings: int = 0

    def ring(self) -> None:
        """Count once more."""
        self.rings += 1
