"""What a process has used of the machine, as Linux tells it."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """Seconds of CPU since the start, and the memory that is resident now."""

    cpu_s: float
    resident_mib: float


def usage_of(pid: int) -> Usage:
    """Return what the process has used. Source: proc(5)."""
    # The second field, the name, may hold spaces; it ends with the last bracket.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(fields[21])
    return Usage(
        cpu_s=ticks / os.sysconf("SC_CLK_TCK"),
        resident_mib=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    )


def children_of(pid: int) -> list[int]:
    """Return the processes below this one, those of its children too."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            parents[int(path.parent.name)] = _parent_in(path)
    found, unseen = [], [pid]
    while unseen:
        above = unseen.pop()
        below = [each for each, parent in parents.items() if parent == above]
        found += below
        unseen += below
    return found


def parent_of(pid: int) -> int:
    """Return the process that started this one."""
    return _parent_in(Path(f"/proc/{pid}/stat"))


def command_of(pid: int) -> list[str]:
    """Return the command line, word by word; nothing if the process has ended."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return os.fsdecode(line).rstrip("\0").split("\0")


def _parent_in(stat: Path) -> int:
    return int(stat.read_text().rpartition(")")[2].split()[1])
