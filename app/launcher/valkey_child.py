"""The embedded Valkey as a supervised process that gets over damaged files."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.launcher.supervisor import Child
from app.launcher.valkey import LOG, wait_until_ready
from app.launcher.valkey_repair import Death, mend_after, mend_before_start

logger = logging.getLogger(__name__)

#: As it is, with its end cut off, and empty.
_STARTS = 3


@dataclass(kw_only=True)
class ValkeyChild(Child):
    """One server; `go_on` says whether its answer is still waited for."""

    binary: Path
    data_dir: Path
    socket: Path
    go_on: Callable[[], bool]

    def start(self) -> None:
        """Start it, and again without what it cannot read; return when it answers.

        It may have died for another reason: that is for its supervisor.

        Raises:
            TimeoutError: It did not even begin to answer in time.
        """
        mend_before_start(self.data_dir)
        for _ in range(_STARTS):
            log = self.data_dir / LOG
            before_bytes = log.stat().st_size if log.is_file() else 0
            super().start()
            # Deaf to neither its death nor to a Ctrl-C while it reads its file.
            wait_until_ready(self.socket, lambda: self.is_running and self.go_on())
            if self.process is None or self.is_running or not self.go_on():
                return
            death = Death(self.process.returncode, _said(log, before_bytes))
            logger.error("valkey does not start: %s", death.reason)
            if not mend_after(death, self.data_dir, self.binary):
                return


def _said(log: Path, before_bytes: int) -> str:
    """Return what the server's log says since it had this length."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(before_bytes)
        return file.read().decode(errors="replace")
