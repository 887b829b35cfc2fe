"""Blobs in a directory: whole or not there, durable when `put` returns.

It knows keys and bytes; it does not know what a picture or a job is.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.contract.ports import BlobNotFoundError, StorageUnavailableError
from app.stores.files import make_directories, write_atomically

#: Lower-case path segments without a leading dot: no key can leave the root.
_KEY = re.compile(r"[a-z0-9_][a-z0-9_.\-]*(/[a-z0-9_][a-z0-9_.\-]*)*")


class DirectoryBlobStore:
    """Keeps each blob in a file below one directory."""

    def __init__(self, root: Path, *, min_free_bytes: int = 256 * 2**20) -> None:
        """Use `root`, and refuse to write when less than `min_free_bytes` are free."""
        self._root = root
        self._min_free_bytes = min_free_bytes

    def put(self, key: str, content: bytes) -> None:
        """Store durably: when this returns, a power cut does not lose the blob."""
        path = self._path(key)
        try:
            make_directories(path.parent)
            self._require_space(len(content))
            write_atomically(path, content)
        except OSError as error:
            raise StorageUnavailableError(f"cannot write {key}: {error}") from error

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise BlobNotFoundError(f"no blob {key}") from error
        except OSError as error:
            raise StorageUnavailableError(f"cannot read {key}: {error}") from error

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""
        return self._path(key).is_file()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order, all below it."""
        folder = self._path(prefix)
        try:
            found = list(folder.rglob("*")) if folder.is_dir() else []
        except OSError as error:
            raise StorageUnavailableError(f"cannot list {prefix}: {error}") from error
        files = (path for path in found if path.is_file())
        whole = (path for path in files if not path.name.startswith("."))
        yield from sorted(path.relative_to(self._root).as_posix() for path in whole)

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailableError(f"cannot delete {key}: {error}") from error

    def check(self) -> None:
        """Raise StorageUnavailableError unless a small blob can be written."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._require_space(0)
            with tempfile.TemporaryFile(dir=self._root) as probe:
                probe.write(b"impasto")
        except OSError as error:
            raise StorageUnavailableError(f"cannot write: {error}") from error

    def _path(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"not a blob key: {key!r}")
        return self._root / key

    def _require_space(self, content_bytes: int) -> None:
        free_bytes = shutil.disk_usage(self._root).free
        if free_bytes - content_bytes < self._min_free_bytes:
            raise StorageUnavailableError(
                f"{free_bytes} bytes are free, {self._min_free_bytes} must remain"
            )
