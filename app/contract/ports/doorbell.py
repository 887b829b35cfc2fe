"""The doorbell: wakes a worker."""

from typing import Protocol

from app.contract.kind import Lane


class Doorbell(Protocol):
    """Tells some worker to look at a job. A lost ring is repaired by `Ledger.reap`."""

    def ring(self, job_id: str, lane: Lane) -> None:
        """Ring once for whoever serves the lane.

        Raises:
            LedgerUnavailableError: Nobody can hear it.
        """
