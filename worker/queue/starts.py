"""Watches a worker's child while it starts, and gives up on one that never can.

Celery starts a dead child again for ever, and does not miss the first one if it hangs.
It knows process ids, signals and the registry; neither Celery nor torch.
"""

import contextlib
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from typing import Self

from app.contract.ports import LedgerUnavailableError, WorkerRegistry

logger = logging.getLogger(__name__)

#: So many children in a row may die before they are ready.
MOST_FAILURES = 3

_LOOK_INTERVAL_S = 2.0
#: What was told is true for so long, unless it is told again.
_STARTING_S = 3 * _LOOK_INTERVAL_S
_FAILED_S = 60.0

#: In words that everybody may read, files have names but no folders. Folders may have
#: blanks: rather too much is left out, but no URL.
_FOLDERS = re.compile(r"(?<![\w:/])[~.]{0,2}/(?:(?:(?!://).)*/)?")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_LONGEST_WORDS = 300


class StartWatch:
    """Counts the starts of one child after the other, and tells the registry of them.

    Attributes:
        verdict: why there will be no child, None as long as there may be one.
    """

    def __init__(
        self,
        worker_registry: WorkerRegistry,
        timeout_s: float,
        *,
        look_interval_s: float = _LOOK_INTERVAL_S,
        kill: Callable[[int, int], None] = os.kill,
    ) -> None:
        """Watch nobody yet.

        Args:
            worker_registry: told why there is no worker.
            timeout_s: a child that is not ready by then hangs, and is killed.
            look_interval_s: between two looks.
            kill: sends a signal to a process.
        """
        self.verdict: str | None = None
        self._worker_registry = worker_registry
        self._timeout_s = timeout_s
        self._look_interval_s = look_interval_s
        self._kill = kill
        self._starting: tuple[int, float] | None = None
        self._hung: int | None = None
        self._failures = 0
        self._why = ""
        self._is_heard = True
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="starts", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    @property
    def is_starting(self) -> bool:
        """Whether a child is there that is not ready."""
        return self._starting is not None

    def began(self, pid: int) -> None:
        """Note that a child was started."""
        self._starting = pid, time.monotonic()

    def is_up(self, pid: int) -> None:
        """Note that it is ready."""
        if self._starting is not None and self._starting[0] == pid:
            self._starting, self._failures = None, 0

    def ended(self, pid: int, why: str) -> None:
        """Note that it has ended; that of one which was ready is no failed start."""
        if self._starting is None or self._starting[0] != pid:
            return
        self._starting = None
        self._failures += 1
        hung = self._hung == pid
        self._why = f"it was not ready after {self._timeout_s:g} s" if hung else why
        # There is no time for another one that hangs.
        if hung or self._failures >= MOST_FAILURES:
            self.verdict = f"its child could not start{self._times()}: {self._why}"
        self._tell_failure()

    def look(self) -> None:
        """Kill a child that hangs, and tell how far its start is."""
        starting = self._starting
        if starting is None:
            return
        pid, began_s = starting
        since_s = time.monotonic() - began_s
        if since_s > self._timeout_s and self._hung != pid:
            logger.error("child %d is not ready after %.0f s: killed", pid, since_s)
            self._hung = pid
            with contextlib.suppress(ProcessLookupError):
                self._kill(pid, signal.SIGKILL)
        elif self._failures:
            self._tell_failure()
        else:
            self._tell(f"one has been starting for {since_s:.0f} s", _STARTING_S)

    def _tell_failure(self) -> None:
        self._tell(f"one could not start{self._times()}: {self._why}", _FAILED_S)

    def _times(self) -> str:
        return f", {self._failures} times in a row" if self._failures > 1 else ""

    def _tell(self, words: str, valid_s: float) -> None:
        try:
            self._worker_registry.explain(fit_for_anybody(words), valid_s)
        except LedgerUnavailableError as error:
            if self._is_heard:
                logger.warning("nobody can be told that %s: %s", words, error)
            self._is_heard = False
        else:
            self._is_heard = True

    def _run(self) -> None:
        while not self._left.wait(self._look_interval_s):
            self.look()


def cause_of_death(code: int | None) -> str:
    """Return in words how a child ended that could say nothing.

    Args:
        code: its exit code; that of a signal is negative.
    """
    if code == -signal.SIGKILL:
        return "it was killed, as happens when memory runs out"
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"it ended by {signal.Signals(-code).name}"
    return f"it ended with exit code {code}"


def fit_for_anybody(words: str) -> str:
    """Return them on one line, without folders and passwords, not too long."""
    line = " ".join(words.split())
    shown = _FOLDERS.sub("", _CREDENTIALS.sub("***@", line))
    return shown if len(shown) <= _LONGEST_WORDS else f"{shown[:_LONGEST_WORDS]}…"
