"""Children that are watched, restarted and stopped: real processes that only sleep."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from app.launcher.supervisor import Child, CrashLoopError, restart_the_dead

SLEEP = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-S",
    "-c",
    "import signal as s, time; s.signal(s.SIGTERM, s.SIG_IGN); time.sleep(60)",
]
LAUNCHER = f"""
import time
from app.launcher.supervisor import Child
child = Child(name="sleeper", command={SLEEP!r}, environment={{}})
child.start()
print(child.process.pid, flush=True)
time.sleep(60)
"""


def child(command: list[str]) -> Child:
    return Child(name="sleeper", command=command, environment={})


def test_dead_child_is_started_again_after_a_delay() -> None:
    sleeper = child(SLEEP)
    sleeper.start()
    assert sleeper.process is not None
    first = sleeper.process.pid
    sleeper.stop(signal.SIGKILL, 5)
    restart_the_dead([sleeper])
    assert not sleeper.is_running, "not at once: it may need a moment"
    end_s = time.monotonic() + 5
    while not sleeper.is_running and time.monotonic() < end_s:
        restart_the_dead([sleeper])
        time.sleep(0.02)
    assert sleeper.process.pid != first
    sleeper.stop(signal.SIGTERM, 5)


def test_child_that_dies_again_and_again_is_given_up() -> None:
    broken = child([sys.executable, "-S", "-c", "raise SystemExit(7)"])
    broken.deaths_s = [time.monotonic()] * 5
    broken.start()
    assert broken.wait(10)
    with pytest.raises(CrashLoopError, match=r"sleeper died 6 times \(last exit 7\)"):
        restart_the_dead([broken])


@pytest.mark.parametrize("why", [None, "no torch"])
def test_child_that_says_that_it_cannot_start_is_not_started_again(
    why: str | None,
) -> None:
    broken = child([sys.executable, "-S", "-c", "raise SystemExit(1)"])
    broken.hopeless = frozenset({1})
    broken.explain = lambda: why
    broken.start()
    assert broken.wait(10)
    words = "sleeper cannot start; what it said stands above"
    with pytest.raises(CrashLoopError) as caught:
        restart_the_dead([broken])
    assert str(caught.value) == (words if why is None else f"{words}: {why}")


def test_deaths_of_long_ago_are_forgiven() -> None:
    old = child([sys.executable, "-S", "-c", ""])
    old.deaths_s = [time.monotonic() - 120] * 9
    old.start()
    assert old.wait(10)
    restart_the_dead([old])
    assert len(old.deaths_s) == 1


def test_child_that_will_not_leave_is_killed() -> None:
    deaf = child(DEAF)
    deaf.start()
    time.sleep(0.3)
    deaf.stop(signal.SIGTERM, 0.2)
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children")
def test_killed_launcher_leaves_no_child() -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER], stdout=subprocess.PIPE
    )
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    assert psutil.pid_exists(pid)
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    end_s = time.monotonic() + 5
    while psutil.pid_exists(pid) and time.monotonic() < end_s:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.02)
    assert not psutil.pid_exists(pid) or (
        psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    )


def test_child_hears_no_ctrl_c_of_the_terminal() -> None:
    sleeper = child(SLEEP)
    sleeper.start()
    assert sleeper.process is not None
    assert os.getsid(sleeper.process.pid) == sleeper.process.pid
    sleeper.stop(signal.SIGTERM, 5)
