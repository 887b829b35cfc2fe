"""What a process that parses a stranger's bytes may take."""

import resource

#: Of a frame that takes long: 4K of HEVC on a slow core.
_FRAME_S = 0.5
_START_S = 60


def limit_self(*, memory_bytes: int, cpu_s: int, file_bytes: int) -> None:
    """Bound what this process may take from now on."""
    for kind, most in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))


def cpu_seconds(frames: int) -> int:
    """Return how much processor time so many frames may take."""
    return round(_START_S + _FRAME_S * frames)
