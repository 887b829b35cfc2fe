"""A doorbell that remembers."""

from dataclasses import dataclass, field


@dataclass
class MemoryDoorbell:
    """Implements the `Doorbell` port; remembers who was rung for."""

    rung: list[str] = field(default_factory=list)

    def ring(self, job_id: str) -> None:
        """Note the id."""
        self.rung.append(job_id)
