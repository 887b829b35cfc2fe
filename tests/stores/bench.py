"""The ledger and its twin side by side: the same promises, one suite."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from app.contract.ports import Feed, Ledger, Restoration
from app.stores.ledger import LedgerRules

RULES = LedgerRules(
    lease_s=0.25,
    max_attempts=3,
    bell_patience_s=0.25,
    worker_patience_s=0.25,
    queue_limit=5,
    active_limit=3,
    record_ttl_s=0.25,
    blob_grace_s=0.0,
    preview_ttl_s=0.25,
    previews_kept=2,
    samples_kept=2,
)
LONG_S = 0.3
L = TypeVar("L", bound=Restoration)


def made_whole(ledger: L) -> L:
    """Return a ledger that was just emptied; there is nothing to restore."""
    token = ledger.begin_restoring()
    assert token is not None
    ledger.finish_restoring(token, 0)
    return ledger


@dataclass
class Bench:
    """A ledger under test and the means to let time pass for it."""

    ledger: Ledger
    feed: Feed
    outbox: Callable[[], set[str]]
    forget_messages: Callable[[], object]
    pass_time: Callable[[float], None]
    #: Lets it pass for what Redis itself forgets, too: it does so by the real time.
    wait: Callable[[float], None]
    #: Seconds since 1970, for the ledger.
    clock: Callable[[], float]
    #: Loses everything, as FLUSHALL does.
    lose: Callable[[], object]
    #: Makes believe that the server has started again, nobody knows with which data.
    restart: Callable[[], object]

    def time_ahead(self, seconds: float) -> datetime:
        """Return the time that it will be for the ledger."""
        return datetime.fromtimestamp(self.clock() + seconds, UTC)

    def swept_pictures(self) -> list[str]:
        """Sweep, and return the blobs that were named besides what is kept of jobs."""
        return [key for key in self.ledger.sweep() if not key.startswith("jobs/")]
