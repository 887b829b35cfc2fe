"""The worker registry: which workers are alive."""

from typing import Protocol

from app.contract.workers import WorkerInfo


class WorkerRegistry(Protocol):
    """Workers announce themselves every few seconds; who is silent is gone."""

    def announce(self, info: WorkerInfo) -> None:
        """Note that a worker is alive."""

    def forget(self, name: str) -> None:
        """Note that a worker leaves."""

    def explain(self, words: str, valid_s: float) -> None:
        """Note why there may be no worker; it holds for so long, or until one is there.

        Args:
            words: fit for anybody.
            valid_s: in seconds.
        """

    def explanation(self) -> str | None:
        """Return the newest words, None if there are none that hold."""

    def workers(self) -> list[WorkerInfo]:
        """Return what is known of those heard of late, by name."""
