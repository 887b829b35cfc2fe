"""The roster: which workers are alive."""

from typing import Protocol

from app.contract.workers import WorkerCard


class Roster(Protocol):
    """Workers announce themselves every few seconds; who is silent is gone."""

    def announce(self, card: WorkerCard) -> None:
        """Note that a worker is alive."""

    def forget(self, name: str) -> None:
        """Note that a worker leaves."""

    def workers(self) -> list[WorkerCard]:
        """Return the cards of those heard of late, by name."""
