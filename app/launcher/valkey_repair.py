"""What is done about damaged files of Valkey's: its state is rebuilt, they are kept.

The state may be lost: the API compares it with the jobs that are stored, each time the
server has started. So a service never stays away because of it. Nothing is deleted, and
a launcher that is killed at any line leaves files that the next start can handle: they
are renamed, and one that is cut is put in place whole.
"""

import errno
import logging
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.launcher.valkey_files import (
    ASIDE,
    FOLDER,
    OLD_FILE,
    Damage,
    cut_damaged_end,
    damages,
    found_by_tools,
    parts,
)
from app.stores.files import TEMPORARY_PREFIX, sync_directory

logger = logging.getLogger(__name__)

#: What a server says before it reads its files, and when it has read them.
_BEGINS_TO_READ, _HAS_READ = "Server initialized", "Ready to accept connections"
#: A line of its log about something serious: `12:M 29 Nov 2026 20:36:15.6 # ...`.
_SERIOUS = re.compile(r"^[0-9]+:[A-Z] .*? # (?!WARNING)(\S.*)$", re.MULTILINE)
_OUT_OF_MEMORY = re.compile(r"Out Of Memory allocating ([0-9]+) bytes")
#: What keeps a server from reading sound files.
_CIRCUMSTANCES = tuple(
    os.strerror(number)
    for number in (
        *(errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
    )
)
#: Somebody, or the system for lack of memory, ended it.
_ENDED_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}


@dataclass(frozen=True)
class Death:
    """How a server ended before it answered: its exit status and its last words."""

    code: int | None
    said: str

    @property
    def reason(self) -> str:
        """Return the first serious thing that it said."""
        found = _SERIOUS.search(self.said)
        return found[1] if found else f"exit {self.code}, see valkey.log"

    def is_of_damage(self, state_bytes: int) -> bool:
        """Tell whether its files were the reason, not what it found around them.

        Args:
            state_bytes: The size of all of them. A longer value than that is none.
        """
        is_reading = _BEGINS_TO_READ in self.said and _HAS_READ not in self.said
        if not is_reading or self.code in _ENDED_FROM_OUTSIDE:
            return False
        if wanted := _OUT_OF_MEMORY.search(self.said):
            return int(wanted[1]) > state_bytes
        return not any(each in self.said for each in _CIRCUMSTANCES)


def mend_before_start(data_dir: Path) -> None:
    """Keep files aside of which a look shows that they are damaged.

    A server might not complain: see `damages`.
    """
    try:
        found = list(damages(data_dir))
        if found:
            _set_aside(data_dir, found)
    except OSError as error:
        # Sound files, perhaps, which we may not read: the server will say it.
        logger.warning("valkey's files cannot be looked at: %s", error)


def mend_after(death: Death, data_dir: Path, binary: Path) -> bool:
    """Mend what a server could not read; True if it is worth another start.

    First the repair that loses less. The same death after it finds nothing left to cut.
    """
    try:
        if not death.is_of_damage(_state_bytes(data_dir)):
            return False
        if _cut(data_dir, binary, death):
            return True
        damaged = _damaged_file(death, data_dir, binary)
        return _set_aside(data_dir, [Damage(damaged, death.reason)])
    except OSError as error:
        logger.warning("valkey's damaged files cannot be kept aside: %s", error)
        return False


def _cut(data_dir: Path, binary: Path, death: Death) -> bool:
    """Cut off the end of what was written last, if it is that which is damaged."""
    last = _last_increment(data_dir)
    if last is None:
        return False
    work = data_dir / f"{TEMPORARY_PREFIX}{last.name}"
    try:
        shutil.copy(last, work)
        if not cut_damaged_end(work, binary):
            return False
        aside = _free_name(data_dir / last.name)
        os.link(last, aside)
        _sync(work)
        cut_bytes = last.stat().st_size - work.stat().st_size
        work.replace(last)
        sync_directory(last.parent)
        sync_directory(data_dir)
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("%s cannot be repaired: %s", last.name, error)
        return False
    finally:
        work.unlink(missing_ok=True)
    logger.error(
        "%s was damaged (%s): its last %d bytes are cut off, and what they told is "
        "restored from the stored jobs; the damaged file is kept as %s",
        last.relative_to(data_dir),
        death.reason,
        cut_bytes,
        aside.name,
    )
    return True


def _set_aside(data_dir: Path, found: list[Damage]) -> bool:
    """Rename all state; False if there is none. The folder goes last.

    Without it a server takes over what one of before version 7 may have left.
    """
    moved = []
    for path in (data_dir / OLD_FILE, data_dir / FOLDER):
        if os.path.lexists(path):
            moved.append(path.rename(_free_name(path)).name)
            sync_directory(data_dir)
    for each in found if moved else ():
        logger.error("%s: %s", each.path.relative_to(data_dir), each.why)
    if moved:
        logger.error(
            "valkey's state is damaged: it is kept as %s; the queue starts empty and "
            "is restored from the stored jobs",
            ", ".join(moved),
        )
    return bool(moved)


def _last_increment(data_dir: Path) -> Path | None:
    """Return what the last commands were written to."""
    try:
        increments = [each.path for each in parts(data_dir) if each.is_increment]
        return increments[-1] if increments and increments[-1].is_file() else None
    except (OSError, ValueError):
        return None


def _damaged_file(death: Death, data_dir: Path, binary: Path) -> Path:
    """Return the file that was the reason, or where it is: the server may not say."""
    try:
        named = [part.path for part in parts(data_dir)]
        told = [path for path in named if path.name in death.reason]
        told += [each.path for each in found_by_tools(data_dir, binary)]
    except (OSError, ValueError, subprocess.SubprocessError):
        told = []
    return told[0] if told else data_dir / FOLDER


def _state_bytes(data_dir: Path) -> int:
    return sum(
        each.lstat().st_size
        for each in (data_dir / OLD_FILE, *(data_dir / FOLDER).glob("*"))
        if os.path.lexists(each)
    )


def _free_name(path: Path) -> Path:
    """Return a name that says when the file was found damaged."""
    now = datetime.now(UTC)
    name = f"{path.name}{ASIDE}{now:%Y%m%dT%H%M%S}.{now.microsecond:06}Z"
    return path.with_name(name)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
