"""The file of keys: `keys.json`, written whole or not at all, one writer at a time."""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from app.contract.keys import ApiKey, KeysUnreadableError, Scope
from app.stores.files import make_directories, write_atomically
from app.stores.keys.hashes import draw_key, hash_of


class UnknownKeyError(Exception):
    """The file has no key of this id."""


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keys: tuple[ApiKey, ...]


class KeyFile:
    """Reads and writes the file at one path; nothing is kept in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[ApiKey, ...]:
        """Return every key, revoked ones included; none if there is no file.

        Raises:
            KeysUnreadableError: The file is there, but is not what we wrote.
        """
        try:
            return _parse(self.path.read_bytes())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise KeysUnreadableError(f"cannot read {self.path}: {error}") from error
        except ValueError as error:
            raise KeysUnreadableError(f"{self.path} is damaged: {error}") from None

    def create(
        self,
        name: str,
        scopes: frozenset[Scope],
        *,
        submissions_per_minute: int | None = None,
        polls_per_second: int | None = None,
    ) -> tuple[ApiKey, str]:
        """Add a key; return its record and, this once, the key itself.

        Raises:
            KeysUnreadableError: The file is damaged or cannot be written.
            pydantic.ValidationError: A value is not allowed.
        """
        with self._changing() as keys:
            token = draw_key()
            key = ApiKey(
                id=_new_id({each.id for each in keys}),
                name=name,
                sha256=hash_of(token),
                scopes=scopes,
                created_at=_now(),
                submissions_per_minute=submissions_per_minute,
                polls_per_second=polls_per_second,
            )
            self._write((*keys, key))
        return key, token

    def revoke(self, key_id: str) -> ApiKey:
        """Make a key worthless; a second time changes nothing.

        Raises:
            UnknownKeyError: There is no such key.
            KeysUnreadableError: The file is damaged or cannot be written.
        """
        with self._changing() as keys:
            found = next((each for each in keys if each.id == key_id), None)
            if found is None:
                raise UnknownKeyError(key_id)
            if found.revoked_at is not None:
                return found
            revoked = found.model_copy(update={"revoked_at": _now()})
            self._write(tuple(revoked if k is found else k for k in keys))
        return revoked

    @contextmanager
    def _changing(self) -> Iterator[tuple[ApiKey, ...]]:
        """Yield the keys while nobody else changes them."""
        try:
            make_directories(self.path.parent)
            # The file itself is replaced, so a lock on it would be one on the old file.
            with self.path.with_name(f".{self.path.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield self.read()
        except OSError as error:
            raise KeysUnreadableError(f"cannot write {self.path}: {error}") from error

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        text = _Keys(keys=keys).model_dump_json(indent=2, exclude_none=True)
        write_atomically(self.path, f"{text}\n".encode())


def _parse(content: bytes) -> tuple[ApiKey, ...]:
    """Return the keys, or raise ValueError in words that quote nothing of the file.

    Somebody may have written a key there where its hash belongs.
    """
    try:
        keys = _Keys.model_validate_json(content).keys
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(map(str, first["loc"]))
        raise ValueError(f"{place or 'JSON'}: {first['type']}") from None
    for what in ("id", "sha256"):
        if len({getattr(key, what) for key in keys}) < len(keys):
            raise ValueError(f"two keys have the same {what}")
    return keys


def _new_id(taken: set[str]) -> str:
    while (key_id := f"key_{secrets.token_hex(4)}") in taken:
        pass
    return key_id


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
