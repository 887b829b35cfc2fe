"""Idempotency keys in a dictionary."""

import secrets
import threading
import time
from collections.abc import Callable

from app.contract.ports import (
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    LedgerIncompleteError,
)
from app.stores.reservations import KEPT_S


class MemoryReservations:
    """Implements the `Reservations` port for any number of threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        is_whole: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take no new key while it may be an old one: unless `is_whole`."""
        self._clock = clock
        self._is_whole = is_whole
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str | None, str], tuple[str, float]] = {}
        self._kept: dict[tuple[str | None, str], tuple[str, str, float]] = {}

    def begin(self, owner: str | None, key: str, patience_s: float) -> str:
        """Note that a request with this key is under way; return its token."""
        with self._lock:
            _, end_s = self._under_way.get((owner, key), ("", 0.0))
            if end_s > self._clock():
                raise IdempotencyInProgressError(key)
            token = secrets.token_hex(8)
            self._under_way[owner, key] = (token, self._clock() + patience_s)
        return token

    def renew(self, owner: str | None, key: str, token: str, patience_s: float) -> None:
        """Note that this request is still under way."""
        with self._lock:
            their_token, end_s = self._under_way.get((owner, key), ("", 0.0))
            if their_token == token and end_s > self._clock():
                self._under_way[owner, key] = (token, self._clock() + patience_s)

    def end(self, owner: str | None, key: str, token: str) -> None:
        """Note that this request is not under way any more."""
        with self._lock:
            if self._under_way.get((owner, key), ("", 0.0))[0] == token:
                del self._under_way[owner, key]

    def remember(
        self, owner: str | None, key: str, fingerprint: str, resource_id: str
    ) -> str:
        """Return the id that this key stands for: `resource_id` if it is new."""
        now_s = self._clock()
        with self._lock:
            theirs = self._kept.get((owner, key))
            if theirs is None or theirs[2] <= now_s:
                if not self._is_whole():
                    raise LedgerIncompleteError
                self._kept[owner, key] = (fingerprint, resource_id, now_s + KEPT_S)
                return resource_id
        if theirs[0] != fingerprint:
            raise IdempotencyKeyReusedError(key)
        return theirs[1]

    def restore(
        self,
        owner: str | None,
        key: str,
        fingerprint: str,
        resource_id: str,
        kept_s: float,
    ) -> None:
        """Remember a key once more, for what is left of its day, unless it is known."""
        with self._lock:
            kept = (fingerprint, resource_id, self._clock() + kept_s)
            self._kept.setdefault((owner, key), kept)

    def lose_everything(self) -> None:
        """Forget all keys, as a Redis does that is flushed."""
        with self._lock:
            self._kept.clear()
            self._under_way.clear()
