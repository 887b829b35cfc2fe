"""The doorbell: wakes a worker."""

from typing import Protocol


class Doorbell(Protocol):
    """Tells some worker to look at a job. A lost ring is repaired by `Ledger.reap`."""

    def ring(self, job_id: str) -> None:
        """Ring once; raise LedgerUnavailableError if nobody can hear it."""
