"""A ring of keys that follows its file while the service runs.

When it is not known which keys there are, every question is answered by an error: a
damaged file closes the service, it never opens it.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from app.contract.keys import ApiKey, KeysUnreadableError
from app.stores.keys.file import KeyFile
from app.stores.keys.hashes import environment_key, find_key

_log = logging.getLogger(__name__)

#: A key that was made or revoked counts after so long at the latest.
CHECK_INTERVAL_S = 1.0

#: When the file was written, its size and its inode; None if there is no file.
_Stamp = tuple[int, int, int] | None


class FileKeyRing:
    """Implements `KeyRing` over the file, and keys that the environment names.

    The file is looked at once a second at most and read only if it has changed.
    """

    def __init__(
        self,
        path: Path,
        environment: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Follow the file at `path`; `environment` are SHA-256 in hexadecimal."""
        self._file = KeyFile(path)
        self._environment = tuple(environment_key(each) for each in environment)
        self._clock = clock
        self._keys = self._environment
        self._error: str | None = None
        self._stamp: _Stamp = None
        self._checked_s: float | None = None

    def is_on(self) -> bool:
        """Tell whether a key is needed."""
        return bool(self._current())

    def find(self, token: str) -> ApiKey | None:
        """Return the key that `token` is, unless it is revoked."""
        return find_key(self._current(), token)

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key of this id, unless it is revoked."""
        return _get(self._current(), key_id)

    def _current(self) -> tuple[ApiKey, ...]:
        now_s = self._clock()
        if self._checked_s is None or now_s - self._checked_s >= CHECK_INTERVAL_S:
            self._checked_s = now_s
            self._refresh()
        if self._error is not None:
            raise KeysUnreadableError(self._error)
        return self._keys

    def _refresh(self) -> None:
        """Read the file again if it is another one, or was unreadable before."""
        try:
            stamp = _stamp_of(self._file.path)
            if stamp == self._stamp and self._error is None:
                return
            self._keys = self._read()
        except KeysUnreadableError as error:
            self._note(str(error))
        else:
            self._stamp = stamp
            self._note(None)

    def _read(self) -> tuple[ApiKey, ...]:
        keys = (*self._environment, *self._file.read())
        if self._keys and not keys:
            # A disk that is not mounted must not open the service.
            raise KeysUnreadableError(
                f"{self._file.path} had keys and has none any more; "
                "restart the service if it shall need none"
            )
        return keys

    def _note(self, error: str | None) -> None:
        """Log an outage, and its end, once."""
        if error is not None and error != self._error:
            _log.error("the API keys cannot be read, nobody may come in: %s", error)
        elif error is None:
            usable = sum(key.revoked_at is None for key in self._keys)
            _log.info("API keys were read: %d usable", usable)
        self._error = error


def _get(keys: Iterable[ApiKey], key_id: str) -> ApiKey | None:
    found = next((each for each in keys if each.id == key_id), None)
    return None if found is None or found.revoked_at is not None else found


def _stamp_of(path: Path) -> _Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 - once a second on the event loop
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeysUnreadableError(f"cannot look at {path}: {error}") from error
    return status.st_mtime_ns, status.st_size, status.st_ino
