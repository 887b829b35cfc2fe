"""A ledger under test: hasty rules, and a clock that only the test moves."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.contract.ports import Restoration
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules
from tests.ledgers import ScratchLedger
from tests.stores.clock import StoppedClock

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


@dataclass
class LedgerHarness:
    """A ledger whose clock stands still."""

    ledger: ScratchLedger

    @property
    def feed(self) -> RedisFeed:
        return self.ledger.feed

    @property
    def restoration(self) -> Restoration:
        return self.ledger.restoration

    @property
    def clock(self) -> StoppedClock:
        assert self.ledger.clock is not None
        return self.ledger.clock

    def outbox(self) -> set[str]:
        return set(self.ledger.client.zrange("impasto:outbox", 0, -1))

    def forget_messages(self) -> None:
        self.ledger.client.delete("impasto:outbox")

    def pass_time(self, seconds: float) -> None:
        self.clock.pass_time(seconds)

    def wait(self, seconds: float) -> None:
        """Let time pass for what Redis itself forgets, too."""
        self.clock.wait(seconds)

    def lose(self) -> None:
        self.ledger.lose_everything()

    def restart(self) -> None:
        self.ledger.start_again()

    def time_ahead(self, seconds: float) -> datetime:
        """Return the time that it will be for the ledger."""
        return datetime.fromtimestamp(self.clock() + seconds, UTC)

    def swept_pictures(self) -> list[str]:
        """Sweep, and return the blobs that were named besides what is kept of jobs."""
        return [key for key in self.ledger.sweep() if not key.startswith("jobs/")]
