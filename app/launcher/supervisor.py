"""Child processes that are started, watched, restarted and stopped together.

It knows command lines and signals; it does not know what its children do.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)

#: A child that dies more often than this within the window will not get better.
_MOST_DEATHS = 5
_DEATH_WINDOW_S = 60.0

_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 5.0

_PR_SET_PDEATHSIG = 1

#: Runs one of our modules. `-P`: a file of the same name in the current directory is
#: somebody else's.
PYTHON = (sys.executable, "-P", "-m")

#: How our programs end when they are told nonsense; it stays nonsense.
WRONG_SETTINGS = 2


class CrashLoopError(Exception):
    """A child died again and again."""


@dataclass(kw_only=True)
class Child:
    """One supervised process; `on_start` returns when it is ready for the others."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    #: What makes it leave at once after a polite SIGTERM.
    hurry_signal: signal.Signals = signal.SIGTERM
    #: What the kernel sends this child if the launcher itself is killed.
    orphan_signal: signal.Signals = signal.SIGTERM
    on_start: Callable[[], None] | None = None
    #: File descriptors that it holds open as long as it lives.
    keeps: tuple[int, ...] = ()
    #: The exit codes after which a new start would end in the same way.
    hopeless: frozenset[int] = frozenset({WRONG_SETTINGS})
    #: Where its output goes; None is the launcher's own.
    log: Path | None = None
    #: Asked why it could not start; None if that is not known.
    explain: Callable[[], str | None] = lambda: None
    process: subprocess.Popen[bytes] | None = None
    deaths_s: list[float] = field(default_factory=list)
    restart_at_s: float | None = None

    def start(self) -> None:
        """Start it in a session of its own: a Ctrl-C reaches the launcher alone."""
        self.restart_at_s = None
        with self._output() as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command lines
                self.command,
                # For the processes that our child starts in its turn.
                env={**os.environ, "PYTHONSAFEPATH": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.keeps,
                start_new_session=True,
                # The launcher has one thread: nothing can be held across the fork.
                preexec_fn=_die_with_parent(self.orphan_signal),  # noqa: PLW1509
            )
        if self.on_start is not None:
            self.on_start()

    def _output(self) -> AbstractContextManager[IO[bytes] | None]:
        return nullcontext() if self.log is None else self.log.open("ab")

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal if there is someone to receive it."""
        if self.process is not None and self.is_running:
            self.process.send_signal(number)

    def wait(self, timeout_s: float) -> bool:
        """Tell whether the process has ended within the time."""
        if self.process is None:
            return True
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, number: signal.Signals, timeout_s: float) -> None:
        """End the process: politely, and after the time by force."""
        self.send(number)
        if not self.wait(timeout_s):
            logger.warning("%s did not stop in %.0f s: killed", self.name, timeout_s)
            self.send(signal.SIGKILL)
            self.wait(timeout_s)


def restart_the_dead(children: list[Child]) -> None:
    """Start again whoever died, later each time.

    Raises:
        CrashLoopError: One died too often.
    """
    now_s = time.monotonic()
    for child in children:
        if child.is_running:
            continue
        if child.restart_at_s is None:
            child.restart_at_s = now_s + _note_death(child, now_s)
        elif now_s >= child.restart_at_s:
            child.start()


def _note_death(child: Child, now_s: float) -> float:
    """Return for how many seconds to wait before the next start."""
    recent_s = [s for s in child.deaths_s if now_s - s < _DEATH_WINDOW_S]
    child.deaths_s = [*recent_s, now_s]
    deaths = len(child.deaths_s)
    code = child.process.returncode if child.process else None
    if code in child.hopeless:
        why = child.explain()
        words = f"{child.name} cannot start; what it said stands above"
        raise CrashLoopError(words if why is None else f"{words}: {why}")
    if deaths > _MOST_DEATHS:
        raise CrashLoopError(f"{child.name} died {deaths} times (last exit {code})")
    logger.warning("%s died (exit %s): restart %d", child.name, code, deaths)
    return float(min(_FIRST_DELAY_S * 2 ** (deaths - 1), _LONGEST_DELAY_S))


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child runs first, so that it does not outlive a killed launcher.

    Linux only; elsewhere a killed launcher leaves its children to the operator.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: after it only the call is made

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number)

    return ask_kernel
