"""Files that a power cut leaves whole: written aside, synced, then put in place.

It knows paths and bytes, not what they are for.
"""

import contextlib
import io
import os
import shutil
import tempfile
from pathlib import Path

from app.contract.ports import BlobReader

#: Unfinished files carry this prefix, so that a crash leaves what can be told apart.
TEMPORARY_PREFIX = ".unfinished-"


#: A file is copied by so much at a time.
_PIECE_BYTES = 2**20


def make_directories(directory: Path) -> None:
    """Make a directory and those above it durably: each new name is synced too."""
    if directory.is_dir():
        return
    make_directories(directory.parent)
    directory.mkdir(exist_ok=True)
    sync_directory(directory.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Make `path` hold `content`, as `copy_atomically` does."""
    copy_atomically(path, io.BytesIO(content))


def copy_atomically(path: Path, source: BlobReader) -> None:
    """Make `path` hold what is left in a file or leave it as it was, in any event.

    It is readable by its owner alone (0600).
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(source, file, _PIECE_BYTES)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make a rename survive a power cut: POSIX asks for the directory's own fsync."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
