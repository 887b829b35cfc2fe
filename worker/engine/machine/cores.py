"""How many of the processor's cores this process may use.

A container or a service manager may give it less time than the machine has cores. More
threads than that do not compute faster: they are stopped together and wait for all.
Knows Linux's control groups, no threads.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
#: Of version 1, where the hierarchies that limit processors are mounted.
_CONTROLLER = "cpu"


def usable_cores() -> int:
    """Return how many cores there are for this process, at least 1.

    The smallest of the machine's, those that it may run on, and the limit of each
    control group that it is in; a limit of 1.5 cores is worth two threads.
    """
    quotas = [math.ceil(each) for each in _quotas()]
    return max(1, min([_allowed_cores(), *quotas]))


def _allowed_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas() -> Iterator[float]:
    """Yield the limits, in cores, of this process's groups and those around them."""
    for folder in _folders():
        quota = _second_version(folder) or _first_version(folder)
        if quota is not None:
            yield quota


def _folders() -> Iterator[Path]:
    """Yield the control groups' folders, the outermost too.

    In a container the file may name a group of the host's, which is not there: its
    own is mounted as the outermost.
    """
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        lines = []
    roots = {_CONTROL_GROUPS, _CONTROL_GROUPS / _CONTROLLER}
    yield from sorted(roots)
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controllers and _CONTROLLER not in controllers.split(","):
            continue
        root = _CONTROL_GROUPS / _CONTROLLER if controllers else _CONTROL_GROUPS
        group = PurePosixPath(name.lstrip("/"))
        yield from (root / each for each in (group, *group.parents) if each.parts)


def _second_version(folder: Path) -> float | None:
    """Return what `cpu.max` says: a quota or "max", and its period, in microseconds."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _first_version(folder: Path) -> float | None:
    """Return what two files say; a quota of -1 is none."""
    try:
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        period = int((folder / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
