"""How much a process grows at most, as the kernel counts it."""

from pathlib import Path
from types import TracebackType
from typing import Self

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
#: Sets the peak back to what is resident now (proc(5)).
_RESET_PEAK = "5"


class PeakMemory:
    """Measures a block; where the kernel does not tell, nothing grows.

    Attributes:
        grown_bytes: the most resident memory within the block beyond that before it.
    """

    def __init__(self) -> None:
        self.grown_bytes = 0
        self._before_bytes = 0

    def __enter__(self) -> Self:
        if _CLEAR.exists():
            _CLEAR.write_text(_RESET_PEAK)
            self._before_bytes = peak_bytes()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if _CLEAR.exists():
            self.grown_bytes = peak_bytes() - self._before_bytes


def peak_bytes(process: str = "self") -> int:
    """Return the most memory that a process had resident since its peak was reset."""
    text = (_STATUS.parent.parent / process / "status").read_text()
    (line,) = (each for each in text.splitlines() if each.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])
