"""A small file system for the blobs, so that a full disk is really full.

A process holds a mount namespace of its own, with a tmpfs over the blobs' directory;
the service's processes are started within. Where the rights are missing there is none.
"""

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

_BALLAST = ".ballast"


@dataclass
class SmallDisk:
    """A tmpfs that only the service's processes see; it ends with its holder."""

    directory: Path
    holder: subprocess.Popen[bytes]
    #: What the service must leave free for results (IMPASTO_MIN_FREE_BYTES).
    reserve_bytes: int

    @property
    def seen_from_here(self) -> Path:
        """The directory as the service's processes see it."""
        return Path(f"/proc/{self.holder.pid}/root{self.directory}")

    def within(self, command: list[str]) -> list[str]:
        """The command line that runs `command` where the small disk is mounted."""
        target = ["nsenter", "--mount", f"--target={self.holder.pid}"]
        return [*target, f"--wd={Path.cwd()}", "--", *command]

    def fill(self, leave_bytes: int) -> None:
        """Write until no more than so much is left."""
        block = bytes(4096)
        with (self.seen_from_here / _BALLAST).open("wb", buffering=0) as file:
            with contextlib.suppress(OSError):  # full, as meant
                while True:
                    file.write(block)
            file.truncate(max(0, file.tell() - leave_bytes))

    def make_room(self) -> None:
        """Take the ballast away."""
        (self.seen_from_here / _BALLAST).unlink(missing_ok=True)

    def close(self) -> None:
        self.holder.kill()
        self.holder.wait(10)


def mount_small_disk(
    directory: Path, *, reserve_bytes: int, size_bytes: int = 24 * 2**20
) -> SmallDisk | None:
    """Return a small disk over `directory`, or None where mounting is not allowed."""
    options = f"size={size_bytes},mode=700"
    script = (
        f'mount -t tmpfs -o {options} impasto "$1" && echo ok && exec sleep infinity'
    )
    try:
        holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "sh", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except FileNotFoundError:
        return None
    assert holder.stdout is not None
    with holder.stdout as words:
        is_mounted = words.readline() == b"ok\n"
    if not is_mounted:
        holder.kill()
        holder.wait(10)
        return None
    return SmallDisk(directory, holder, reserve_bytes)
