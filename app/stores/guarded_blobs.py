"""A blob store that falls silent without taking its callers' threads with it.

A bulkhead and a circuit breaker (Nygard, "Release It!", 2007): so many callers are
inside at once, and after a call that failed by waiting only one at a time finds out
whether the store answers again; the others are told at once. It knows nothing of what
the store behind it is.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.contract.ports import (
    BlobEntry,
    BlobReader,
    BlobStore,
    StorageUnavailableError,
)


@dataclass(frozen=True, kw_only=True)
class Guarding:
    """How a store is guarded; all above zero.

    Attributes:
        at_once: so many callers are inside; fewer than a server has threads.
        turn_s: another one waits so long for a turn, if the store has answered anybody
            within that time; else not at all.
        silence_s: a call that took so long and failed was not answered.
        rest_s: so long nobody is let in after such a call.
    """

    at_once: int = 24
    turn_s: float = 2.0
    silence_s: float = 5.0
    rest_s: float = 5.0

    def __post_init__(self) -> None:
        if min(self.at_once, self.turn_s, self.silence_s, self.rest_s) <= 0:
            raise ValueError(f"{self} must be above zero")


class GuardedBlobStore:
    """Implements the `BlobStore` port over another one.

    Listings pass unguarded: only the chores list much, each in one thread. So does what
    is read from an open blob.
    """

    def __init__(
        self,
        store: BlobStore,
        guarding: Guarding | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Guard a store.

        Args:
            store: The one that may fall silent.
            guarding: How much it may take.
            clock: Seconds that only grow.
        """
        self._store = store
        self._guarding = guarding or Guarding()
        self._clock = clock
        self._places = threading.BoundedSemaphore(self._guarding.at_once)
        self._lock = threading.Lock()
        #: When it may be asked again; None while it answers.
        self._closed_until_s: float | None = None
        self._is_probed = False
        self._answered_s = clock()

    def put(self, key: str, content: bytes) -> None:
        with self._turn():
            self._store.put(key, content)

    def put_file(self, key: str, file: BlobReader, size_bytes: int) -> None:
        with self._turn():
            self._store.put_file(key, file, size_bytes)

    def get(self, key: str) -> bytes:
        with self._turn():
            return self._store.get(key)

    def reader(self, key: str) -> BlobReader:
        with self._turn():
            return self._store.reader(key)

    def exists(self, key: str) -> bool:
        with self._turn():
            return self._store.exists(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order, all below it."""
        return self._store.keys(prefix)

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        return self._store.entries(prefix)

    def delete(self, key: str) -> None:
        with self._turn():
            self._store.delete(key)

    def remove_unfinished(self, older_than_s: float) -> int:
        return self._store.remove_unfinished(older_than_s)

    def check(self) -> None:
        with self._turn():
            self._store.check()

    def signed_url(
        self,
        key: str,
        *,
        expires_s: int,
        media_type: str,
        file_name: str,
        is_download: bool,
    ) -> str | None:
        """Return a URL that opens this blob to anybody; the store is not asked."""
        return self._store.signed_url(
            key,
            expires_s=expires_s,
            media_type=media_type,
            file_name=file_name,
            is_download=is_download,
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the block ask the store, or say at once that it does not answer."""
        is_probe = self._admit()
        is_silent: bool | None = None  # nothing is learnt yet
        try:
            self._enter()
            began_s, is_silent = self._clock(), False
            try:
                yield
            except StorageUnavailableError:
                is_silent = self._clock() - began_s >= self._guarding.silence_s
                raise
            finally:
                self._places.release()
        finally:
            self._note(is_silent=is_silent, is_probe=is_probe)

    def _enter(self) -> None:
        """Wait for a place; who waits has a thread, too."""
        turn_s = self._guarding.turn_s
        is_moving = self._clock() - self._answered_s < turn_s
        if not self._places.acquire(timeout=turn_s if is_moving else 0):
            raise StorageUnavailableError("too many wait for the storage")

    def _admit(self) -> bool:
        """Return whether this caller is the one who finds out."""
        with self._lock:
            if self._closed_until_s is None:
                return False
            if self._is_probed or self._clock() < self._closed_until_s:
                raise StorageUnavailableError("the storage did not answer lately")
            self._is_probed = True
            return True

    def _note(self, *, is_silent: bool | None, is_probe: bool) -> None:
        with self._lock:
            if is_probe:
                self._is_probed = False
            if is_silent is not None:
                rest_s = self._guarding.rest_s
                self._closed_until_s = self._clock() + rest_s if is_silent else None
            if is_silent is False:
                self._answered_s = self._clock()
