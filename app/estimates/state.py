"""How the service stands, asked of the ledger at most once a second.

Hundreds of clients poll; none of them needs a fresher answer, and an outage must not
make each of them wait for its own time-out.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from app.contract.jobs import Job
from app.contract.kind import Lane
from app.contract.ports import (
    Ledger,
    LedgerUnavailableError,
    Waiting,
    WorkerRegistry,
)
from app.contract.records.samples import Sample
from app.contract.workers import WorkerInfo
from app.estimates.waiting import Typical

MAX_AGE_S = 1.0


@dataclass(frozen=True)
class ServiceState:
    """What there was to see at one moment.

    Attributes:
        lane_depths: how many jobs wait in each lane.
        waiting: what the first of them ask for.
        running: those that workers hold.
        workers: what is known of those alive.
        samples: what the last jobs cost, the newest first.
        counters: as `Ledger.counters` gives them.
        paused: how many jobs are.
    """

    lane_depths: dict[Lane, int]
    waiting: tuple[Waiting, ...]
    running: tuple[Job, ...]
    workers: tuple[WorkerInfo, ...]
    samples: tuple[Sample, ...]
    counters: dict[str, float]
    paused: int = 0

    @property
    def depth(self) -> int:
        """How many jobs wait."""
        return sum(self.lane_depths.values())

    @cached_property
    def devices(self) -> frozenset[str]:
        """What a next job may run on: without a live worker, what the last one did."""
        if self.workers:
            return frozenset(info.device for info in self.workers)
        return frozenset(each.device for each in self.samples[:1])

    @cached_property
    def typical(self) -> Typical | None:
        """What jobs take on these devices."""
        return Typical.of([s for s in self.samples if s.device in self.devices])


class StateReader:
    """Reads the state, and remembers it for a second: also that there was none.

    Args:
        ledger: knows the jobs.
        worker_registry: knows the workers.
        max_age_s: an older state is read again.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        ledger: Ledger,
        worker_registry: WorkerRegistry,
        max_age_s: float = MAX_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._worker_registry = worker_registry
        self._max_age_s = max_age_s
        self._clock = clock
        self._lock = threading.Lock()
        self._read_s: float | None = None
        self._seen: ServiceState | LedgerUnavailableError

    def read(self) -> ServiceState:
        """Return how the service stands, or stood less than `max_age_s` ago.

        Raises:
            LedgerUnavailableError: The ledger does not answer, or did not just now.
        """
        with self._lock:  # One asks, the others wait for its answer.
            if self._read_s is None or self._clock() - self._read_s > self._max_age_s:
                self._seen = self._look()
                self._read_s = self._clock()
            seen = self._seen
        if isinstance(seen, LedgerUnavailableError):
            # A new one: raising the same in many threads would pile up its traceback.
            raise LedgerUnavailableError(*seen.args)
        return seen

    def _look(self) -> ServiceState | LedgerUnavailableError:
        try:
            return ServiceState(
                lane_depths=self._ledger.lane_depths(),
                waiting=tuple(self._ledger.waiting()),
                running=tuple(self._ledger.running()),
                workers=tuple(self._worker_registry.workers()),
                samples=tuple(self._ledger.samples()),
                counters=self._ledger.counters(),
                paused=self._ledger.paused_count(),
            )
        except LedgerUnavailableError as error:
            return error
