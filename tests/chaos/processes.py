"""The service's processes, each started, killed, stopped and started again by name.

Knows command lines and signals. Unlike the launcher it restarts nobody by itself: the
plan of faults says when.
"""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass
class Process:
    """One process of the service with all that descends from it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    #: Whether we ended it ourselves.
    is_down_on_purpose: bool = False
    #: Until when it may end by itself: Celery's parent does if a child dies too early.
    excused_until_s: float = 0.0
    #: Descendants of all its lives, to be looked for at the end.
    seen: dict[int, psutil.Process] = field(default_factory=dict)

    def start(self) -> None:
        """Start it in a session of its own; nothing happens if it runs."""
        if self.is_running:
            return
        self.is_down_on_purpose = False
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self.running is not None and self.running.poll() is None

    @property
    def pid(self) -> int:
        assert self.running is not None, f"{self.name} was never started"
        return self.running.pid

    def family(self) -> list[psutil.Process]:
        """The process and its living descendants; empty if it is gone."""
        if not self.is_running:
            return []
        try:
            parent = psutil.Process(self.pid)
            family = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        self.seen |= {each.pid: each for each in family}
        return family

    def child(self) -> psutil.Process | None:
        """The one that computes: Celery's spawned child; None if there is none now."""
        for each in self.family():
            with contextlib.suppress(psutil.Error):
                if "spawn_main(" in " ".join(each.cmdline()):
                    return each
        return None

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the process and to all that descends from it."""
        for each in self.family():
            with contextlib.suppress(psutil.Error):
                each.send_signal(number)

    def wake(self) -> None:
        """SIGCONT all that ever descended from it: its parent may be another by now."""
        for each in self.seen.values():
            with contextlib.suppress(psutil.Error):
                each.send_signal(signal.SIGCONT)

    @property
    def is_excused(self) -> bool:
        """Whether a fault asked for it that it ends by itself."""
        return time.monotonic() < self.excused_until_s

    @property
    def has_died(self) -> bool:
        """Whether it ended by itself: nothing that a fault did asks it to."""
        return not (self.is_running or self.is_down_on_purpose)

    def tell_to_leave(self) -> None:
        """SIGTERM, as an operator sends it."""
        self.is_down_on_purpose = True
        self.family()
        if self.running is not None and self.is_running:
            self.running.terminate()

    def kill_all(self) -> None:
        """Kill -9 the process and all that descends from it."""
        self.is_down_on_purpose = True
        self.signal_all(signal.SIGKILL)
        if self.running is not None:
            self.running.wait(10)

    def kill(self) -> None:
        """Kill -9 the process alone: what it leaves behind is the fault's point."""
        self.is_down_on_purpose = True
        self.family()
        if self.running is not None and self.is_running:
            self.running.kill()
            self.running.wait(10)

    def end(self, timeout_s: float) -> bool:
        """End it politely, wake it first if it is stopped; by force after the time."""
        self.wake()
        if self.running is None:
            return True
        self.tell_to_leave()
        try:
            self.running.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.signal_all(signal.SIGKILL)
            self.running.wait(10)
            return False
        return True

    def left_behind(self, patience_s: float) -> list[str]:
        """Command lines of what lives on although the process has ended."""
        end_s = time.monotonic() + patience_s
        while (left := self._alive()) and time.monotonic() < end_s:
            time.sleep(0.05)
        return left

    def _alive(self) -> list[str]:
        left = []
        for each in self.seen.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                if each.is_running() and each.status() != psutil.STATUS_ZOMBIE:
                    left.append(f"{self.name}: {each.pid} {' '.join(each.cmdline())}")
        return left
