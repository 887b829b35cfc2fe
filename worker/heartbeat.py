"""Keeps a job's lease while the press computes, and brings back what is asked of it.

A thread of its own: the main thread may be inside one long convolution.
"""

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from app.contract.ports import Claim, Ledger, LedgerUnavailableError, Order
from app.contract.progress import Progress

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
        claim: Claim,
        *,
        interval_s: float,
        stall_s: float,
        time_limit_s: float,
        give_up_s: float,
        give_up: Callable[[], None],
    ) -> None:
        """Beat every `interval_s` until nothing was reported for `stall_s`.

        Args:
            ledger: Where the job is held.
            claim: The job and the attempt that holds it.
            interval_s: Between two beats.
            stall_s: A press that reports nothing for so long keeps its lease no more.
            time_limit_s: An attempt that takes longer is stopped.
            give_up_s: A press that reports nothing for so long will not stop either.
            give_up: Called then, once; ends the process, so that a new one can start.
        """
        self.stop = threading.Event()
        self.stop_reason: StopReason | None = None
        self._ledger = ledger
        self._claim = claim
        self._interval_s = interval_s
        self._stall_s = stall_s
        self._time_limit_s = time_limit_s
        self._give_up_s = give_up_s
        self._give_up = give_up
        #: Held for a whole beat, so that news go out in the order of their making.
        self._beating = threading.Lock()
        self._taking = threading.Lock()
        self._news: Progress | None = None
        self._last_report_s = self._began_s = time.monotonic()
        self._left = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"heartbeat {claim.job_id}", daemon=True
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
        with self._taking:
            self._news = progress
            self._last_report_s = time.monotonic()

    def beat(self) -> None:
        """Beat now, whatever the interval."""
        try:
            with self._beating:
                self._beat()
        except LedgerUnavailableError as error:
            # The janitor is as blind as we are: paint on, the commit will tell.
            logger.warning("job_id=%s attempt=%d no beat: %s", *self._claim, error)

    def _run(self) -> None:
        while not self._left.wait(self._interval_s):
            self.beat()
            if time.monotonic() - self._last_report_s > self._give_up_s:
                logger.error("job_id=%s attempt=%d the press hangs", *self._claim)
                self._give_up()
                return

    def _beat(self) -> None:
        now_s = time.monotonic()
        with self._taking:
            news, self._news = self._news, None
        if now_s - self._began_s > self._time_limit_s:
            self._halt(StopReason.TIME_LIMIT)
        if now_s - self._last_report_s > self._stall_s:
            return  # hung work must not keep its lease for ever
        order = self._ledger.beat(*self._claim, news)
        if order is Order.CANCEL:
            self._halt(StopReason.CANCELED)
        elif order is Order.LEASE_LOST:
            self._halt(StopReason.LEASE_LOST)

    def _halt(self, reason: StopReason) -> None:
        """Stop the press; the lease is still renewed until it has stopped."""
        if self.stop_reason is None or reason is StopReason.LEASE_LOST:
            self.stop_reason = reason
        self.stop.set()
