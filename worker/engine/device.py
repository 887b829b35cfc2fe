"""Where and in which precision the press computes, and what memory it took.

Knows machines, no pictures.
"""

import ctypes
import logging
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import torch

from .errors import EngineError

logger = logging.getLogger(__name__)

_CPU_FLAGS = Path("/proc/cpuinfo")
_PEAK_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
#: glibc's mallopt parameters (malloc.h): keep freed memory, and never map big blocks
#: on their own, which would be unmapped and zeroed again at every step.
_MALLOC_OPTIONS = {"M_TRIM_THRESHOLD": (-1, 2**31 - 1), "M_MMAP_MAX": (-4, 0)}


class Precision(StrEnum):
    """What the convolutions compute in; all else is float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Compute:
    """A device, chosen and checked."""

    device: torch.device
    dtype: torch.dtype

    @property
    def precision(self) -> Precision:
        """The name of `dtype`."""
        return Precision(str(self.dtype).removeprefix("torch."))


def choose(device: str, precision: str) -> Compute:
    """Return what to compute with.

    Args:
        device: "auto" (CUDA if there is any), "cpu", "cuda" or "cuda:1".
        precision: a `Precision`; "auto" is bfloat16 where the hardware has it.

    Raises:
        ValueError: no such name.
        EngineError: there is no such device here.
    """
    wanted = _precision(precision)
    chosen = _device(device)
    if wanted is Precision.AUTO:
        fast = chosen.type == "cuda" or cpu_has_bfloat16()
        wanted = Precision.BFLOAT16 if fast else Precision.FLOAT32
    return Compute(chosen, getattr(torch, wanted.value))


def _precision(name: str) -> Precision:
    try:
        return Precision(name)
    except ValueError:
        allowed = ", ".join(Precision)
        raise ValueError(f"precision is {name!r}, must be one of: {allowed}") from None


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in {"cpu", "cuda"}:
        raise ValueError(f"device is {name!r}, must be auto, cpu, cuda or cuda:<index>")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EngineError(
            f"device is {name!r}, but {torch.cuda.device_count()} CUDA devices are here"
        )
    return device


def cpu_has_bfloat16() -> bool:
    """Tell whether the CPU multiplies bfloat16 natively; emulated, it is slower."""
    try:
        lines = _CPU_FLAGS.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return not _BF16_FLAGS.isdisjoint(flags.split())


def use_threads(count: int) -> None:
    """Compute with so many threads; the numbers depend on it, in the last digits.

    Raises:
        ValueError: less than one.
    """
    if count < 1:
        raise ValueError(f"threads is {count}, must be at least 1")
    torch.set_num_threads(count)


def keep_freed_memory() -> None:
    """Let glibc hand freed blocks straight back to us; nothing happens elsewhere.

    Each step frees and takes the same blocks: without this a sixth to a third of the
    time goes into pages that are unmapped and mapped again.
    """
    mallopt = _glibc("mallopt")
    if mallopt is None:
        return
    for name, (parameter, value) in _MALLOC_OPTIONS.items():
        if mallopt(parameter, value) != 1:
            logger.warning("malloc_option_refused name=%s", name)


def release_freed_memory() -> None:
    """Give what `keep_freed_memory` held on to back to the system, after a job."""
    malloc_trim = _glibc("malloc_trim")
    if malloc_trim is not None:
        malloc_trim(0)


def _glibc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc's, None where there is no glibc."""
    if sys.platform != "linux":
        return None
    try:
        function: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None  # musl, for one
    return function


def reset_peak_memory(device: torch.device) -> None:
    """Start measuring anew, where the system allows it."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        _PEAK_RESET.write_text("5")  # proc(5): resets the peak resident set
    except OSError:
        logger.debug("peak_memory_not_reset")


def peak_memory_bytes(device: torch.device) -> int | None:
    """Return the most memory held since `reset_peak_memory`, None if unknown.

    On CUDA that of the device's allocator, else the whole process's resident set.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        fields = dict(
            line.split(":", 1) for line in _STATUS.read_text().splitlines() if line
        )
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        # Kilobytes on Linux, bytes on macOS; there it can not be reset.
        unit_bytes = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes
