"""Hosts of their own on one machine: network namespaces, and a cable that can be cut.

Each host is joined to this machine by a pair of virtual Ethernet devices. It needs the
right to make them (root, or CAP_NET_ADMIN); `can_make_hosts` tells.
"""

import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_NUMBERS = itertools.count(1)


def can_make_hosts() -> bool:
    """Tell whether this machine lets us make a network namespace and a cable to it."""
    if not all(map(shutil.which, ("ip", "unshare", "nsenter"))):
        return False
    trial = ["unshare", "-n", "ip", "link", "add", "here", "type", "veth"]
    done = subprocess.run(
        [*trial, "peer", "name", "there"], capture_output=True, check=False
    )
    return done.returncode == 0


class Host:
    """A host that is reached by one cable; it and its cable vanish at the end.

    Attributes:
        our_address: this machine's, as the host sees it.
    """

    def __init__(self) -> None:
        number = next(_NUMBERS)
        # Names of devices may have 15 characters; the process tells ours from others'.
        self._ours = f"im{os.getpid()}a{number}"[:15]
        self._theirs = f"im{os.getpid()}b{number}"[:15]
        self.our_address = f"10.213.{number}.1"
        self._their_address = f"10.213.{number}.2"
        self._holder: subprocess.Popen[bytes] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        self._wait_for_namespace(self._holder.pid)
        _ip("link", "add", self._ours, "type", "veth", "peer", "name", self._theirs)
        _ip("link", "set", self._theirs, "netns", str(self._holder.pid))
        _ip("addr", "add", f"{self.our_address}/30", "dev", self._ours)
        _ip("link", "set", self._ours, "up")
        self._inside(
            "ip", "addr", "add", f"{self._their_address}/30", "dev", self._theirs
        )
        self._inside("ip", "link", "set", self._theirs, "up")
        self._inside("ip", "link", "set", "lo", "up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._holder is not None
        self.stop()
        self._holder.kill()
        self._holder.wait(10)
        # The cable goes with the namespace, but the kernel takes its time.
        subprocess.run(
            ["ip", "link", "delete", self._ours], capture_output=True, check=False
        )

    def start(
        self, command: Sequence[str], environment: dict[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start a process on the host; it is ended with it."""
        with log.open("ab") as file:
            process = subprocess.Popen(
                [*self._enter(), *command],
                env={**os.environ, **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End what was started; the net should still be there to say goodbye."""
        self.mend()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(60)
        self._processes.clear()

    def cut(self) -> None:
        """Cut the cable: what is sent is lost, and nobody is told."""
        _ip("link", "set", self._ours, "down")

    def mend(self) -> None:
        """Mend the cable."""
        _ip("link", "set", self._ours, "up")

    def _enter(self) -> list[str]:
        assert self._holder is not None
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]

    def _inside(self, *command: str) -> None:
        subprocess.run([*self._enter(), *command], check=True)

    @staticmethod
    def _wait_for_namespace(pid: int) -> None:
        """Return when the process has left our own namespace."""
        ours = Path("/proc/self/ns/net").readlink()
        end_s = time.monotonic() + 10
        while Path(f"/proc/{pid}/ns/net").readlink() == ours:
            assert time.monotonic() < end_s, "no namespace"
            time.sleep(0.01)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
