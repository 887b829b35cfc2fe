"""What a process has used of the machine, as Linux tells it."""

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
