"""The files in which the embedded queue server keeps its state: are they whole?

It needs a POSIX system and the client of Redis; who imports it minds that.
"""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.commands.doctor.findings import Finding, ok, warning
from app.launcher import valkey_files
from app.launcher.valkey import ValkeyNotFoundError, find_binary


def look(data_dir: Path) -> Iterator[Finding]:
    """Yield each file that is damaged, and what earlier starts kept for that."""
    try:
        found = _damages(data_dir)
        kept = valkey_files.kept_aside(data_dir)
    except OSError as error:
        yield warning(
            "state",
            f"the queue's state cannot be looked at: {error}",
            "let the user of the service ask, who may read it",
        )
        return
    for each in found:
        yield warning(
            "state",
            f"{each.path} {each.why}",
            "nothing need be done: the next `impasto serve` keeps it aside and "
            "restores the queue from the stored jobs",
        )
    for path in kept:
        yield warning(
            "state",
            f"{path} was found damaged and kept",
            "see the disk's health; delete it when nobody wants to look into it",
        )
    if not found and not kept and (data_dir / valkey_files.FOLDER).exists():
        yield ok("state", "the queue's state is whole")


def _damages(data_dir: Path) -> list[valkey_files.Damage]:
    found = list(valkey_files.damages(data_dir))
    if found or not data_dir.is_dir():
        return found
    with _nobody_writes(data_dir) as is_quiet:
        try:
            if is_quiet:
                found += valkey_files.found_by_tools(data_dir, find_binary())
        except (ValkeyNotFoundError, subprocess.SubprocessError):
            pass  # there is nothing to look with
    return found


@contextmanager
def _nobody_writes(data_dir: Path) -> Iterator[bool]:
    """Tell whether no service runs on these data, and keep one from starting."""
    lock = data_dir / "lock"
    if not lock.exists():
        yield True
        return
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
