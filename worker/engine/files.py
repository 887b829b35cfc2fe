"""Files appear whole or not at all; knows nothing of what is in them."""

import os
import tempfile
from pathlib import Path

#: What `open` would give, had `mkstemp` not made the file private.
_ORDINARY_MODE = 0o666


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`: a reader sees the old file or all of the new one.

    Raises:
        OSError: the folder is missing, not writable or full; `path` is untouched.
    """
    # Of its own length: the file's name may be as long as names can be.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_ORDINARY_MODE & ~_umask())
        temporary.replace(path)
    except BaseException:
        # Ctrl-C too: nobody else knows this name.
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's mask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
