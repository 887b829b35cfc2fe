"""The storage as an attempt uses it: waited for while it is full or away.

A full disk has room again and a lost object storage comes back: what has been made
is not thrown away for that. Who waits keeps the lease, hears a cancel at once even if
the storage is silent, and waits for a bounded time. Knows neither what is stored nor
what the job's end is then called.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from app.contract.ports import BlobStore, StorageUnavailableError, StoreError
from worker.attempt.job_log import JobLog
from worker.runners.control import Control

T = TypeVar("T")

#: Between two tries; it doubles up to the longest.
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
#: Between two signs of life, and until a cancel is heard.
_LOOK_S = 0.05
#: Who gives a file up waits so long for its removal, which goes on behind him.
_REMOVAL_S = 0.5


@dataclass(frozen=True, kw_only=True)
class PatientStorage:
    """Reads and writes for one attempt.

    Attributes:
        blobs: where files are.
        control: is checked meanwhile: who waits is alive, and may have to stop.
        log: hears once of each wait.
        patience_s: a call waits so long at most; above zero.
        tries_again: whether one that fails is begun anew meanwhile.
    """

    blobs: BlobStore
    control: Control
    log: JobLog
    patience_s: float
    tries_again: bool = True

    def get(self, key: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFoundError: The storage works and has none.
            StorageUnavailableError: It did not work for the whole time.
            RunInterruptedError: The job must not go on.
        """
        return self._patiently(partial(_begin, partial(self.blobs.get, key)))

    def put(self, key: str, content: bytes) -> None:
        """Store durably; what is given up leaves no file, however late it arrives.

        Raises:
            StorageUnavailableError: The storage did not work for the whole time.
            RunInterruptedError: The job must not go on.
        """
        tries: list[Future[None]] = []

        def begin() -> Future[None]:
            tries.append(_begin(partial(self.blobs.put, key, content)))
            return tries[-1]

        try:
            self._patiently(begin)
        except BaseException:
            self._remove_after(tries, key)
            raise

    def _patiently(self, begin: Callable[[], Future[T]]) -> T:
        """Try again until it works or the time is over."""
        end_s = time.monotonic() + self.patience_s
        pause_s = 0.0
        while True:
            try:
                return self._outcome(begin(), end_s)
            except StorageUnavailableError as error:
                if not self.tries_again or time.monotonic() >= end_s:
                    raise
                if not pause_s:
                    self.log.warning("waits for the storage: %s", error)
            pause_s = min(2 * pause_s or _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
            self._rest(min(pause_s, end_s - time.monotonic()))

    def _outcome(self, doing: Future[T], end_s: float) -> T:
        """Return what a try comes to; it is left alone if it takes too long."""
        while not doing.done():
            self.control.check()
            wait([doing], _LOOK_S)
            if time.monotonic() > end_s and not doing.done():
                raise StorageUnavailableError(
                    f"no answer within {self.patience_s:.0f} s"
                )
        return doing.result()

    def _rest(self, pause_s: float) -> None:
        end_s = time.monotonic() + pause_s
        self.control.check()
        while (left_s := end_s - time.monotonic()) > 0:
            time.sleep(min(left_s, _LOOK_S))
            self.control.check()

    def _remove_after(self, tries: list[Future[None]], key: str) -> None:
        """Remove what the tries may have left, once the last of them has ended."""

        def remove() -> None:
            wait(tries)
            with contextlib.suppress(StoreError):  # a collector finds it later
                self.blobs.delete(key)

        wait([_begin(remove)], _REMOVAL_S)


def _begin(work: Callable[[], T]) -> Future[T]:
    """Do the work beside: a silent storage must not hold whoever hears the cancel.

    Not by an executor, whose threads keep a process that must leave.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            future.set_exception(error)

    threading.Thread(target=run, name="storage", daemon=True).start()
    return future
