"""Keeps a job's lease while the runner computes, and brings back what is asked of it.

A thread of its own: the main thread may be inside one long convolution.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from app.contract.ports import Beat, BeatReply, Claim, Ledger, LedgerUnavailableError
from app.contract.updates import Row, Update
from worker.attempt.job_log import JobLog

logger = logging.getLogger(__name__)

#: While the ledger is away so many points of the loss curve wait; then the oldest go.
_POINTS_KEPT = 4000


class StopReason(StrEnum):
    """Why the computation was told to stop."""

    CANCELED = "canceled"
    LEASE_LOST = "lease_lost"
    TIME_LIMIT = "time_limit"


@dataclass(frozen=True, kw_only=True)
class HeartbeatSettings:
    """How often a heart beats, and how long it does so without a sign of life.

    Attributes:
        interval_s: between two beats.
        progress_interval_s: between two beats that carry progress.
        stall_s: a runner that reports nothing for so long keeps its lease no more.
        time_limit_s: an attempt that takes longer is stopped.
        give_up_s: a runner that reports nothing for so long will not stop either.
    """

    interval_s: float
    progress_interval_s: float
    stall_s: float
    time_limit_s: float
    give_up_s: float


class _Stop(threading.Event):
    """The runner's `StopSignal`: whoever asks it is alive."""

    def __init__(self, show_life: Callable[[], None]) -> None:
        super().__init__()
        self._show_life = show_life

    def is_set(self) -> bool:
        """Tell whether the job must stop."""
        self._show_life()
        return super().is_set()


class Heartbeat:
    """Beats until the `with` block is left.

    Attributes:
        stop: set when the job must not go on.
        stop_reason: why.
        finish: set when it shall end with the picture as it is.
    """

    def __init__(
        self,
        ledger: Ledger,
        claim: Claim,
        settings: HeartbeatSettings,
        give_up: Callable[[], None],
    ) -> None:
        """Beat for the attempt that holds the job.

        Args:
            ledger: Where the job is held.
            claim: The job and the attempt that holds it.
            settings: How often, how long.
            give_up: Called once when the runner hangs for good; ends the process, so
                that a new one can start.
        """
        self.stop = _Stop(self.show_life)
        self.stop_reason: StopReason | None = None
        self.finish = threading.Event()
        self._ledger = ledger
        self._claim = claim
        self._settings = settings
        self._give_up = give_up
        self._log = JobLog(logger, claim)
        #: Held for a whole beat, so that news go out in the order of their making.
        self._beating = threading.Lock()
        self._taking = threading.Lock()
        self._news: Update | None = None
        self._points: deque[Row] = deque(maxlen=_POINTS_KEPT)
        self._last_report_s = self._began_s = time.monotonic()
        self._carried_s = float("-inf")
        self._is_cut_off = False
        self._left = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"heartbeat {claim.job_id}", daemon=True
        )

    def __enter__(self) -> Self:
        # What was asked while the job still waited is known before the first step.
        self.beat()
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

    def report(self, progress: Update) -> None:
        """Leave progress for a beat to come: the newest, and the losses of each."""
        with self._taking:
            self._news = progress
            self._points.append(progress.row)
        self.show_life()

    def show_life(self) -> None:
        """Say that the attempt is not hung, though it may have nothing to report."""
        self._last_report_s = time.monotonic()

    def beat(self) -> None:
        """Beat now, with all that was reported, whatever the intervals."""
        self._try_beat(carry=True)

    def _run(self) -> None:
        while not self._left.wait(self._settings.interval_s):
            since_s = time.monotonic() - self._carried_s
            try:
                self._try_beat(carry=since_s >= self._settings.progress_interval_s)
            # A fault of ours must not end the beats: the lease would be lost, and no
            # cancel be heard.
            except Exception:  # noqa: BLE001
                if not self._is_cut_off:
                    self._log.exception("no beat: a fault of ours")
                self._is_cut_off = True
            if time.monotonic() - self._last_report_s > self._settings.give_up_s:
                self._log.error("the runner hangs")
                self._give_up()
                return

    def _try_beat(self, *, carry: bool) -> None:
        try:
            with self._beating:
                self._beat(carry=carry)
        except LedgerUnavailableError as error:
            # The janitor is as blind as we are: paint on, the commit will tell.
            if not self._is_cut_off:
                self._log.warning("no beat: %s", error)
            self._is_cut_off = True
        else:
            self._is_cut_off = False

    def _beat(self, *, carry: bool) -> None:
        now_s = time.monotonic()
        if now_s - self._began_s > self._settings.time_limit_s:
            self._halt(StopReason.TIME_LIMIT)
        if now_s - self._last_report_s > self._settings.stall_s:
            return  # hung work must not keep its lease for ever
        beat = self._carry(now_s) if carry else self._ledger.beat(*self._claim, None)
        reply = beat.reply
        if reply is BeatReply.CANCEL:
            self._halt(StopReason.CANCELED)
        elif reply is BeatReply.LEASE_LOST:
            self._halt(StopReason.LEASE_LOST)
        elif reply is BeatReply.FINISH:
            self.finish.set()

    def _carry(self, now_s: float) -> Beat:
        """Beat with what was reported; keep it if nobody hears it."""
        with self._taking:
            news, self._news = self._news, None
            points = list(self._points)
            self._points.clear()
        try:
            beat = self._ledger.beat(*self._claim, news, points)
        except BaseException:
            self._put_back(news, points)
            raise
        if news is not None:
            self._carried_s = now_s
        return beat

    def _put_back(self, news: Update | None, points: Sequence[Row]) -> None:
        with self._taking:
            self._news = self._news or news
            self._points = deque([*points, *self._points], maxlen=_POINTS_KEPT)

    def _halt(self, reason: StopReason) -> None:
        """Stop the runner; the lease is still renewed until it has stopped."""
        if self.stop_reason is None or reason is StopReason.LEASE_LOST:
            self.stop_reason = reason
        self.stop.set()
