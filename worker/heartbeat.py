"""Keeps a job's lease while the press computes, and brings back what is asked of it.

A thread of its own: the main thread may be inside one long convolution.
"""

import logging
import threading
import time
from enum import StrEnum
from types import TracebackType
from typing import Self

from app.contract.jobs import Progress
from app.contract.ports import Ledger, LedgerUnavailableError, Order

logger = logging.getLogger(__name__)


class StopReason(StrEnum):
    """Why the computation was told to stop."""

    CANCELED = "canceled"
    LEASE_LOST = "lease_lost"
    TIME_LIMIT = "time_limit"


class Heartbeat:
    """Beats until the `with` block is left; sets `stop` when the job must not go on."""

    def __init__(
        self,
        ledger: Ledger,
        job_id: str,
        attempt: int,
        *,
        interval_s: float,
        stall_s: float,
        time_limit_s: float,
    ) -> None:
        """Beat every `interval_s` until nothing was reported for `stall_s`."""
        self.stop = threading.Event()
        self.stop_reason: StopReason | None = None
        self._ledger = ledger
        self._job_id = job_id
        self._attempt = attempt
        self._interval_s = interval_s
        self._stall_s = stall_s
        self._time_limit_s = time_limit_s
        self._lock = threading.Lock()
        self._news: Progress | None = None
        self._last_report_s = self._began_s = time.monotonic()
        self._left = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"heartbeat {job_id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._left.set()
        self._thread.join()

    def report(self, progress: Progress) -> None:
        """Leave progress for the next beat; a newer one replaces an unsent one."""
        with self._lock:
            self._news = progress
            self._last_report_s = time.monotonic()

    def beat(self) -> None:
        """Beat now, whatever the interval."""
        try:
            self._beat()
        except LedgerUnavailableError as error:
            # The janitor is as blind as we are: paint on, the commit will tell.
            logger.warning("job_id=%s no beat: %s", self._job_id, error)

    def _run(self) -> None:
        while not self._left.wait(self._interval_s):
            self.beat()

    def _beat(self) -> None:
        now_s = time.monotonic()
        with self._lock:
            news, self._news = self._news, None
            silent_s = now_s - self._last_report_s
        if now_s - self._began_s > self._time_limit_s:
            self._halt(StopReason.TIME_LIMIT)
        if silent_s > self._stall_s:
            return  # hung work must not keep its lease for ever
        order = self._ledger.beat(self._job_id, self._attempt, news)
        if order is Order.CANCEL:
            self._halt(StopReason.CANCELED)
        elif order is Order.LEASE_LOST:
            self._halt(StopReason.LEASE_LOST)

    def _halt(self, reason: StopReason) -> None:
        """Stop the press; the lease is still renewed until it has stopped."""
        if self.stop_reason is None or reason is StopReason.LEASE_LOST:
            self.stop_reason = reason
        self.stop.set()
