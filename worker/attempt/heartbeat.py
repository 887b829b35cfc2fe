"""Keeps a job's lease while the runner computes, and brings back what is asked of it.

A thread of its own: the main thread may be inside one long convolution.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Self

from app.contract.changes import AppliedChange
from app.contract.commands import Command, Verb
from app.contract.ports import Beat, BeatReply, Claim, Ledger, LedgerUnavailableError
from app.contract.updates import Row, Update
from worker.attempt.job_log import JobLog
from worker.runners.control import Control, StopReason
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: While the ledger is away so many points of the loss curve wait; then the oldest go.
_POINTS_KEPT = 4000

#: What a beat's reply asks for.
_ASKED = {
    BeatReply.CANCEL: Verb.CANCEL,
    BeatReply.FINISH: Verb.FINISH,
    BeatReply.PAUSE: Verb.PAUSE,
}


class Heartbeat:
    """Beats until the `with` block is left."""

    def __init__(
        self,
        ledger: Ledger,
        claim: Claim,
        control: Control,
        settings: WorkerSettings,
        give_up: Callable[[], None],
    ) -> None:
        """Beat for the attempt that holds the job.

        Args:
            ledger: Where the job is held.
            claim: The job and the attempt that holds it.
            control: Shows whether the attempt lives, and is told what is asked of it.
            settings: How often it beats, and how long without a sign of life.
            give_up: Called once when the runner hangs for good; ends the process, so
                that a new one can start.
        """
        self._ledger = ledger
        self._claim = claim
        self._control = control
        self._settings = settings
        self._give_up = give_up
        self._log = JobLog(logger, claim)
        #: Held for a whole beat, so that news go out in the order of their making.
        self._beating = threading.Lock()
        self._taking = threading.Lock()
        self._news: Update | None = None
        self._points: deque[Row] = deque(maxlen=_POINTS_KEPT)
        #: Told with the next beat, whatever it carries; again until it is heard.
        self._applied: list[AppliedChange] = []
        self._began_s = time.monotonic()
        #: Of this attempt, in seconds; its kind may ask for more.
        self.time_limit_s = settings.time_limit_s
        self._carried_s = float("-inf")
        self._obeyed = 0
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

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def report(self, progress: Update) -> None:
        """Leave progress for a beat to come: the newest, and the losses of each."""
        with self._taking:
            self._news = progress
            if progress.metrics:
                self._points.append(progress.row)

    def beat(self) -> None:
        """Beat now, with all that was reported, whatever the intervals."""
        self._try_beat(carry=True)

    def _run(self) -> None:
        while not self._left.wait(self._settings.beat_interval_s):
            since_s = time.monotonic() - self._carried_s
            try:
                self._try_beat(carry=since_s >= self._settings.progress_interval_s)
            # A fault of ours must not end the beats: the lease would be lost, and no
            # cancel be heard.
            except Exception:  # noqa: BLE001
                if not self._is_cut_off:
                    self._log.exception("no beat: a fault of ours")
                self._is_cut_off = True
            silent_s = time.monotonic() - self._control.last_sign_s
            if silent_s > self._settings.stall_s + self._settings.lease_s:
                self._log.error("the runner hangs")
                self._give_up()
                return

    def _try_beat(self, *, carry: bool) -> None:
        try:
            with self._beating:
                self._beat(carry=carry)
        except LedgerUnavailableError as error:
            # The janitor is as blind as we are: go on, the commit will tell.
            if not self._is_cut_off:
                self._log.warning("no beat: %s", error)
            self._is_cut_off = True
        else:
            self._is_cut_off = False

    def _beat(self, *, carry: bool) -> None:
        now_s = time.monotonic()
        if now_s - self._began_s > self.time_limit_s:
            self._control.stop(StopReason.TIME_LIMIT)
        if now_s - self._control.last_sign_s > self._settings.stall_s:
            return  # hung work must not keep its lease for ever
        beat = self._carry(now_s) if carry else self._ask(None)
        if beat.reply is BeatReply.LEASE_LOST:
            self._control.stop(StopReason.LEASE_LOST)
        elif beat.reply is BeatReply.MAKE_ROOM:
            self._control.is_turn_over = True
        elif beat.reply in _ASKED:
            self._control.deliver([Command(sequence=1, verb=_ASKED[beat.reply])])
        self._control.deliver(beat.commands)
        for command in beat.commands:
            self._obeyed = command.sequence

    def _ask(self, news: Update | None, points: Sequence[Row] = ()) -> Beat:
        self._applied += self._control.applied()
        beat = self._ledger.beat(
            *self._claim, news, points, obeyed=self._obeyed, applied=self._applied
        )
        self._applied = []
        return beat

    def _carry(self, now_s: float) -> Beat:
        """Beat with what was reported; keep it if nobody hears it."""
        with self._taking:
            news, self._news = self._news, None
            points = list(self._points)
            self._points.clear()
        try:
            beat = self._ask(news, points)
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
