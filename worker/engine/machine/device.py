"""Where and in which precision the engine computes, and what memory it took.

Knows machines, no pictures.
"""

import ctypes
import logging
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from app.contract.painting.choices import Precision
from worker.engine.errors import EngineError
from worker.engine.machine.cores import usable_cores

logger = logging.getLogger(__name__)

_CPU_FLAGS = Path("/proc/cpuinfo")
_PEAK_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_MEMORY = Path("/proc/meminfo")
_CONTROL_GROUP = Path("/sys/fs/cgroup")
#: Names of flags, with commas, that the engine shall not see: so that a new processor
#: can be used, and tested, as an older one.
HIDDEN_FLAGS_VARIABLE = "IMPASTO_HIDE_CPU_FLAGS"
_BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
#: glibc's mallopt parameters (malloc.h): keep freed memory, and never map big blocks
#: on their own, which would be unmapped and zeroed again at every step.
_MALLOC_OPTIONS = {"M_TRIM_THRESHOLD": (-1, 2**31 - 1), "M_MMAP_MAX": (-4, 0)}


@dataclass(frozen=True)
class Compute:
    """A device, chosen and checked."""

    device: torch.device
    precision: Precision


def choose(device: str, precision: str) -> Compute:
    """Return what to compute with.

    Args:
        device: "auto" (CUDA if there is any), "cpu", "cuda" or "cuda:1".
        precision: a `Precision`; `AUTO` is bfloat16 where the hardware has it.

    Raises:
        ValueError: no such name.
        EngineError: there is no such device here.
    """
    wanted = _precision(precision)
    chosen = _device(device)
    if wanted is Precision.AUTO:
        fast = chosen.type == "cuda" or cpu_has_bfloat16()
        wanted = Precision.BFLOAT16 if fast else Precision.FLOAT32
    return Compute(chosen, wanted)


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
    return not _BF16_FLAGS.isdisjoint(cpu_flags())


def cpu_flags() -> frozenset[str]:
    """Return what the CPU can do in Linux's words; nothing where it is unknown.

    What `IMPASTO_HIDE_CPU_FLAGS` names is left out.
    """
    return _all_cpu_flags() - _hidden_names()


def hidden_cpu_flags() -> frozenset[str]:
    """Return what the CPU can do and shall not, by `IMPASTO_HIDE_CPU_FLAGS`."""
    return _all_cpu_flags() & _hidden_names()


def _hidden_names() -> frozenset[str]:
    names = os.environ.get(HIDDEN_FLAGS_VARIABLE, "").split(",")
    return frozenset(name.strip() for name in names)


def _all_cpu_flags() -> frozenset[str]:
    try:
        lines = _CPU_FLAGS.read_text().splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(flags.partition(":")[2].split())


#: How libraries below torch say it.
_OUT_OF_MEMORY = (
    "can't allocate memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether this is one of torch's ways to say that memory is short."""
    short = isinstance(error, torch.OutOfMemoryError | MemoryError)
    words = str(error)
    return short or any(each in words for each in _OUT_OF_MEMORY)


def free_memory_bytes(device: torch.device) -> int | None:
    """Return how much memory a job may take, None if nobody knows.

    On CUDA what the driver and our own allocator have left; else what the system, or
    the container's limit, has.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + kept
    limits = [_kilobytes(_MEMORY, "MemAvailable"), _control_group_bytes()]
    known = [each for each in limits if each is not None]
    return min(known) if known else None


def total_memory_bytes(device: torch.device) -> int | None:
    """Return all the memory there is, None if nobody knows.

    On CUDA the device's, else the system's, or the container's limit.
    """
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    limits = [_kilobytes(_MEMORY, "MemTotal"), _control_group_limit_bytes()]
    known = [each for each in limits if each is not None]
    return min(known) if known else None


def process_memory_bytes() -> int | None:
    """Return what this process holds of the system's memory, None if unknown."""
    return _kilobytes(_STATUS, "VmRSS")


def _kilobytes(path: Path, name: str) -> int | None:
    """Return a line of proc's like `MemTotal: 16 kB`, in bytes."""
    try:
        lines = path.read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(fields[name].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def _control_group_limit_bytes() -> int | None:
    """Return a container's limit (control groups, version 2)."""
    try:
        limit = (_CONTROL_GROUP / "memory.max").read_text().strip()
        return None if limit == "max" else int(limit)
    except (OSError, ValueError):
        return None


def _control_group_bytes() -> int | None:
    """Return what is left of a container's limit.

    Files that nobody reads any more count as free: the kernel drops them when memory
    is short, and after many pictures they fill all of it.
    """
    limit = _control_group_limit_bytes()
    if limit is None:
        return None
    try:
        used = int((_CONTROL_GROUP / "memory.current").read_text())
        lines = (_CONTROL_GROUP / "memory.stat").read_text().splitlines()
        stale = dict(line.split() for line in lines).get("inactive_file", "0")
        return min(limit, max(0, limit - used + int(stale)))
    except (OSError, ValueError):
        return None


def use_threads(count: int | None) -> None:
    """Compute with `thread_count` threads; the numbers' last digits depend on it.

    Raises:
        ValueError: less than one.
    """
    if count is not None and count < 1:
        raise ValueError(f"threads is {count}, must be at least 1")
    threads = thread_count(count)
    if count is not None and threads < count:
        logger.warning("threads_reduced asked=%d cores=%d", count, threads)
    torch.set_num_threads(threads)


def thread_count(count: int | None) -> int:
    """Return how many threads compute if so many are asked for.

    Never more than there are cores for this process: they would wait for each other.

    Args:
        count: torch's own choice if None: a thread a core.
    """
    return min(count or torch.get_num_threads(), usable_cores())


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
    peak = _kilobytes(_STATUS, "VmHWM")
    if peak is not None:
        return peak
    # Kilobytes on Linux, bytes on macOS; there it can not be reset.
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes
