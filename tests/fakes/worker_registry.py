"""The worker registry in a dictionary."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.contract.workers import WorkerInfo
from app.stores.ledger.rules import LedgerRules


class MemoryWorkerRegistry:
    """Implements the `WorkerRegistry` port."""

    def __init__(
        self, rules: LedgerRules | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._patience_s = (rules or LedgerRules()).worker_patience_s
        self._clock = clock
        self._infos: dict[str, tuple[float, WorkerInfo]] = {}
        self._explanation: tuple[float, str] = (0.0, "")

    def announce(self, info: WorkerInfo) -> None:
        """Note that a worker is alive."""
        self._infos[info.name] = (self._clock(), info)
        self._explanation = (0.0, "")

    def forget(self, name: str) -> None:
        """Note that a worker leaves."""
        self._infos.pop(name, None)

    def explain(self, words: str, valid_s: float) -> None:
        """Note why there may be no worker."""
        self._explanation = (self._clock() + valid_s, words)

    def explanation(self) -> str | None:
        """Return the newest words, None if there are none that hold."""
        until_s, words = self._explanation
        return words if self._clock() < until_s else None

    def workers(self) -> list[WorkerInfo]:
        """Return what is known of those heard of late, by name."""
        oldest_s = self._clock() - self._patience_s
        return [
            info.model_copy(update={"seen_at": datetime.fromtimestamp(seen_s, UTC)})
            for _, (seen_s, info) in sorted(self._infos.items())
            if seen_s >= oldest_s
        ]
