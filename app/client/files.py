"""Files of this machine, read and written whole."""

import errno
import uuid
from pathlib import Path


def read_whole(path: Path) -> bytes:
    """Return the file's bytes.

    Raises:
        OSError: It cannot be read.
    """
    _require_a_name(path)
    return path.read_bytes()


def read_piece(path: Path, offset: int, size: int) -> bytes:
    """Return the file's bytes from `offset` on, `size` at most.

    Raises:
        OSError: It cannot be read.
    """
    _require_a_name(path)
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def write_whole(path: Path, content: bytes) -> None:
    """Write the file whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    _require_a_name(path)
    # Of its own length: the file's name may be as long as names can be.
    unfinished = path.with_name(f".{uuid.uuid4().hex}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)  # there only if it was not put in place


def _require_a_name(path: Path) -> None:
    if "\0" in str(path):  # Python's own refusal is no OSError
        raise OSError(errno.EINVAL, "a NUL character in its name")
