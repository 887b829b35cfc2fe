"""Blobs in a directory: whole or not there, durable when `put` or `delete` returns.

It knows keys and bytes; it does not know what a picture or a job is.
"""

import contextlib
import errno
import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from app.contract.ports import (
    BlobEntry,
    BlobNotFoundError,
    BlobReader,
    StorageFullError,
    StorageUnavailableError,
)
from app.stores.blob_keys import sound_key
from app.stores.files import (
    TEMPORARY_PREFIX,
    copy_atomically,
    make_directories,
    sync_directory,
)


class DirectoryBlobStore:
    """Keeps each blob in a file below one directory."""

    def __init__(self, root: Path, *, min_free_bytes: int = 256 * 2**20) -> None:
        """Use `root`, and refuse to write when less than `min_free_bytes` are free."""
        self._root = root
        self._min_free_bytes = min_free_bytes

    def put(self, key: str, content: bytes) -> None:
        self.put_file(key, io.BytesIO(content), len(content))

    def put_file(self, key: str, file: BlobReader, size_bytes: int) -> None:
        path = self._path(key)
        try:
            make_directories(self._root)
            self._require_space(size_bytes)
            try:
                make_directories(path.parent)
                copy_atomically(path, file)
            except FileNotFoundError:
                # A `delete` has just taken the empty directory away; nothing is read.
                make_directories(path.parent)
                copy_atomically(path, file)
        except OSError as error:
            self._remove_empty(path.parent)
            self._require_room_after(error, size_bytes)
            raise StorageUnavailableError(f"cannot write {key}: {error}") from error

    def get(self, key: str) -> bytes:
        with contextlib.closing(self.reader(key)) as file:
            return file.read()

    def reader(self, key: str) -> BlobReader:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise BlobNotFoundError(f"no blob {key}") from error
        except OSError as error:
            raise StorageUnavailableError(f"cannot read {key}: {error}") from error

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order, all below it."""
        whole = (each for each in self._files(prefix) if not each.name.startswith("."))
        yield from sorted(path.relative_to(self._root).as_posix() for path in whole)

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        for key in self.keys(prefix):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                yield BlobEntry(key, self._path(key).stat().st_mtime)

    def delete(self, key: str) -> None:
        """Remove the blob durably; removing what is not there is no error.

        Directories that are empty then go, too: each job has some of its own.
        """
        path = self._path(key)
        try:
            path.unlink()
            sync_directory(self._remove_empty(path.parent))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageUnavailableError(f"cannot delete {key}: {error}") from error

    def remove_unfinished(self, older_than_s: float) -> int:
        """Remove what died while it was written so long ago; return how many.

        Of one that found the disk full an empty directory may be all there is.
        """
        count = 0
        for path in self._root.rglob(f"{TEMPORARY_PREFIX}*"):
            with contextlib.suppress(FileNotFoundError):  # its writer lives
                if time.time() - path.stat().st_mtime > older_than_s:
                    path.unlink()
                    count += 1
        for folder in sorted(self._root.glob("*/**/"), reverse=True):
            with contextlib.suppress(OSError):  # it is not empty, or gone
                is_old = time.time() - folder.stat().st_mtime > older_than_s
                if is_old and folder.parent != self._root:
                    folder.rmdir()
        return count

    def _remove_empty(self, folder: Path) -> Path:
        """Remove a folder and those above it while they are empty; return what stays.

        The folders right below the root stay in any case.
        """
        with contextlib.suppress(OSError):  # it is not empty
            while folder.parent != self._root and folder != self._root:
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()
                folder = folder.parent
        return folder

    def _files(self, prefix: str) -> Iterator[Path]:
        folder = self._path(prefix)
        try:
            found = list(folder.rglob("*")) if folder.is_dir() else []
        except OSError as error:
            raise StorageUnavailableError(f"cannot list {prefix}: {error}") from error
        return (path for path in found if path.is_file())

    def check(self) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._require_space(0)
            with tempfile.TemporaryFile(dir=self._root) as probe:
                probe.write(b"impasto")
        except OSError as error:
            self._require_room_after(error, 0)
            raise StorageUnavailableError(f"cannot write: {error}") from error

    def signed_url(self, key: str, **_: object) -> None:
        """Return None: a file is reached through the service alone."""
        sound_key(key)

    def _path(self, key: str) -> Path:
        return self._root / sound_key(key)

    def _require_space(self, content_bytes: int) -> None:
        free_bytes = shutil.disk_usage(self._root).free
        needed_bytes = self._min_free_bytes + content_bytes
        if free_bytes < needed_bytes:
            raise StorageFullError(free_bytes, needed_bytes)

    def _require_room_after(self, error: OSError, content_bytes: int) -> None:
        """Say that an error means a disk, or the user's share of it, that is full."""
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            # Whatever the disk says: what the system keeps for itself is no room.
            raise StorageFullError(0, self._min_free_bytes + content_bytes) from error
