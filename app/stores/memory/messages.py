"""Webhook messages in memory: what the ledger and the outbox share.

When each is due, what was tried, and who tries it now. Knows no jobs, only their ids.
"""

from typing import NamedTuple

from app.contract.deliveries import Delivery


class Lease(NamedTuple):
    """A try that is under way; when it ends in seconds since 1970."""

    token: str
    end_s: float


class MemoryMessages(dict[str, float]):
    """`<job id>:<event>` by the second in which each is due.

    Attributes:
        log: of each message that was tried.
        leases: of each try that is under way.
    """

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, Delivery] = {}
        self.leases: dict[str, Lease] = {}

    def forget(self, job_id: str) -> None:
        """Drop what there is of a job."""
        for kept in (self, self.log, self.leases):
            for message in [each for each in kept if each.startswith(f"{job_id}:")]:
                del kept[message]

    def clear(self) -> None:
        """Drop everything."""
        super().clear()
        self.log.clear()
        self.leases.clear()
