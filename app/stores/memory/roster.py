"""The roster in a dictionary."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.contract.workers import WorkerCard
from app.stores.ledger.rules import LedgerRules


class MemoryRoster:
    """Implements the `Roster` port."""

    def __init__(
        self, rules: LedgerRules | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._patience_s = (rules or LedgerRules()).worker_patience_s
        self._clock = clock
        self._cards: dict[str, tuple[float, WorkerCard]] = {}
        self._explanation: tuple[float, str] = (0.0, "")

    def announce(self, card: WorkerCard) -> None:
        """Note that a worker is alive."""
        self._cards[card.name] = (self._clock(), card)
        self._explanation = (0.0, "")

    def forget(self, name: str) -> None:
        """Note that a worker leaves."""
        self._cards.pop(name, None)

    def explain(self, words: str, valid_s: float) -> None:
        """Note why there may be no worker."""
        self._explanation = (self._clock() + valid_s, words)

    def explanation(self) -> str | None:
        """Return the newest words, None if there are none that hold."""
        until_s, words = self._explanation
        return words if self._clock() < until_s else None

    def workers(self) -> list[WorkerCard]:
        """Return the cards of those heard of late, by name."""
        oldest_s = self._clock() - self._patience_s
        return [
            card.model_copy(update={"seen_at": datetime.fromtimestamp(seen_s, UTC)})
            for _, (seen_s, card) in sorted(self._cards.items())
            if seen_s >= oldest_s
        ]
