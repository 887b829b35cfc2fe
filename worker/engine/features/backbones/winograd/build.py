"""Where the compiled kernels come from: the cache, or the machine's C++ compiler.

Knows files, flags and compilers. Refuses to know what the code computes.

A library's name tells what it was made from and, at its end, the SHA-256 of its own
bytes: one that is cut short or scribbled over is never loaded. Two processes that build
at once write the same thing twice, each at one stroke.
"""

import hashlib
import logging
import os
import platform
import shlex
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from worker.engine.errors import BackendError
from worker.engine.files import write_atomically
from worker.engine.machine.device import cpu_flags, hidden_cpu_flags

logger = logging.getLogger(__name__)

SOURCE = Path(__file__).with_name("kernels.cpp")
#: Of the cache directory: code is kept apart from data.
FOLDER = "native"
_COMPILERS = ("c++", "g++", "clang++")
_FLAGS = (
    "-std=gnu++17", "-O3", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden",
    # Fused multiply-adds, also where one language standard would rather not.
    "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math",
)  # fmt: skip
_BUILD_TIMEOUT_S = 300
_HASH_CHARACTERS = 16
#: Enough of what the compiler says to see what is wrong.
_COMPLAINT_CHARACTERS = 800


@dataclass(frozen=True)
class Target:
    """A kind of CPU to compile for.

    Attributes:
        name: part of the library's name.
        flag: for the compiler.
        needs: flags of the CPU (Linux's names), all of which must be there.
        machines: processor families (`platform.machine`), empty for this one.
        origin: what else the machine code depends on.
    """

    name: str
    flag: str
    needs: frozenset[str]
    machines: frozenset[str] = frozenset()
    origin: str = ""


_X86 = frozenset({"x86_64", "AMD64"})
_ARM = frozenset({"aarch64", "arm64"})
#: For machines without a compiler, built elsewhere beforehand; the best first.
PORTABLE_TARGETS = (
    Target(
        "x86-64-v4",
        "-march=x86-64-v4",
        frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
        _X86,
    ),
    Target(
        "x86-64-v3",
        "-march=x86-64-v3",
        frozenset({"avx2", "fma", "bmi2", "f16c"}),
        _X86,
    ),
    Target("armv8-a", "-march=armv8-a", frozenset({"asimd"}), _ARM),
)


def native_target() -> Target:
    """Return the CPU that this runs on, without the flags that are hidden."""
    machine = platform.machine()
    cpu = [machine, platform.processor(), *sorted(cpu_flags())]
    return Target("native", _native_flag(machine), frozenset(), origin=" ".join(cpu))


def _native_flag(machine: str) -> str:
    """Return the compiler's flag; a flag that is hidden must not come by `native`."""
    if hidden_cpu_flags():
        older = (each for each in portable_targets() if each.needs <= cpu_flags())
        oldest = "-march=x86-64" if machine in _X86 else "-march=armv8-a"
        return next((each.flag for each in older), oldest)
    return "-march=native" if machine in _X86 else "-mcpu=native"


def library(cache_dir: Path, compiler: str | None = None) -> Path:
    """Return the kernels compiled for this CPU, built first if they must be.

    Args:
        cache_dir: a folder `FOLDER` is made in it.
        compiler: a command; by default CXX of the environment or what is installed.

    Raises:
        BackendError: there is no library and none can be built; says why.
    """
    native, flags = native_target(), cpu_flags()
    found = cached(native, cache_dir)
    if found:
        return found
    compiler = compiler or find_compiler()
    if compiler:
        return build(native, compiler, cache_dir)
    for target in portable_targets():
        found = cached(target, cache_dir) if target.needs <= flags else None
        if found:
            return found
    raise BackendError(
        f"no C++ compiler was found (CXX, {', '.join(_COMPILERS)}) and no library that "
        f"was built for this CPU in {cache_dir / FOLDER}"
    )


def build_portable(cache_dir: Path) -> list[Path]:
    """Build for CPUs like those of `PORTABLE_TARGETS`, as for a container's image.

    Raises:
        BackendError: there is no compiler, or it fails.
    """
    compiler = find_compiler()
    if not compiler:
        raise BackendError(f"no C++ compiler was found (CXX, {', '.join(_COMPILERS)})")
    return [
        cached(target, cache_dir) or build(target, compiler, cache_dir)
        for target in portable_targets()
    ]


def portable_targets() -> list[Target]:
    """Return the targets of this machine's processor family, the best first."""
    return [each for each in PORTABLE_TARGETS if platform.machine() in each.machines]


def find_compiler() -> str | None:
    """Return a C++ compiler's command: CXX of the environment or what is installed."""
    chosen = os.environ.get("CXX")
    return chosen or next(filter(None, map(shutil.which, _COMPILERS)), None)


def cached(target: Target, cache_dir: Path) -> Path | None:
    """Return the target's library if there is one that is whole; remove it if not.

    Raises:
        BackendError: others than we may write code into this folder, or we may not
            read or mend it.
    """
    folder = cache_dir / FOLDER
    try:
        if not folder.is_dir():
            return None
        _refuse_strangers(folder)
        for path in sorted(folder.glob(f"{_stem(target)}-*.so")):
            if path.stem.endswith(_digest(path.read_bytes())):
                return path
            logger.warning("winograd_library_corrupt: %s is removed", path)
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BackendError(f"{folder} can not be used: {error}") from error
    return None


def build(target: Target, compiler: str, cache_dir: Path) -> Path:
    """Compile the kernels and return the library's path.

    Raises:
        BackendError: the compiler fails, or the folder can not be written.
    """
    folder = cache_dir / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_strangers(folder)
        with tempfile.TemporaryDirectory() as workshop:
            built = Path(workshop) / "kernels.so"
            _compile([*shlex.split(compiler), *_flags(target), str(SOURCE)], built)
            content = built.read_bytes()
        path = folder / f"{_stem(target)}-{_digest(content)}.so"
        write_atomically(path, content)
    except OSError as error:
        raise BackendError(f"the kernels could not be built: {error}") from error
    logger.info("winograd_library_built target=%s path=%s", target.name, path)
    return path


def _compile(command: list[str], built: Path) -> None:
    """Run the compiler; its output is at `built` afterwards.

    Raises:
        BackendError: it failed; in its own words.
        OSError: it can not be started.
    """
    command = [*command, "-o", str(built)]
    try:
        done = subprocess.run(  # noqa: S603 - the user's compiler on our source
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BackendError(f"{command[0]} took over {error.timeout:.0f} s") from error
    if done.returncode != 0 or not built.is_file():
        complaint = (done.stderr or done.stdout).strip()[:_COMPLAINT_CHARACTERS]
        raise BackendError(
            f"{command[0]} failed with status {done.returncode}: {complaint}"
        )


def _flags(target: Target) -> tuple[str, ...]:
    return (*_FLAGS, target.flag)


def _stem(target: Target) -> str:
    """Return the start of the library's name: what it is made from."""
    made_from = (SOURCE.read_text(), *_flags(target), target.origin)
    return f"winograd-{target.name}-{_digest(chr(0).join(made_from).encode())}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_HASH_CHARACTERS]


def _refuse_strangers(folder: Path) -> None:
    """Check that nobody but we and the administrator can put code here.

    Raises:
        BackendError: somebody can.
    """
    if not hasattr(os, "geteuid"):
        return  # no such owners and modes on this system
    status = folder.stat()
    trusted = status.st_uid in {0, os.geteuid()}
    if not trusted or status.st_mode & stat.S_IWOTH:
        raise BackendError(
            f"{folder} belongs to another user or can be written by anybody: code is "
            "not loaded from there; choose another cache directory"
        )
