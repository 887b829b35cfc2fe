"""Whoever was stopped is woken, also when his parent has died meanwhile."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.chaos.processes import Process

PARENT = (
    "import subprocess, sys, time;"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "time.sleep(60)"
)


def wait_for(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_child_is_woken_after_its_parent_was_killed(tmp_path: Path) -> None:
    parent = Process("parent", [sys.executable, "-c", PARENT], {}, tmp_path / "log")
    parent.start()
    wait_for(lambda: len(parent.family()) == 2)
    _, child = parent.family()
    try:
        parent.signal_all(signal.SIGSTOP)
        wait_for(lambda: child.status() == psutil.STATUS_STOPPED)
        parent.kill()
        parent.wake()
        wait_for(lambda: child.status() != psutil.STATUS_STOPPED)
    finally:
        child.kill()
