"""The state of a long work in a file, so that Ctrl-C or a crash lose little."""

import logging
import time
from pathlib import Path

from worker.engine.errors import ExceedsMemoryError
from worker.engine.files import write_atomically
from worker.engine.painting.state import PaintingState
from worker.engine.painting.step import Step

logger = logging.getLogger(__name__)

_INTERVAL_S = 10.0


class StateFile:
    """Keeps the newest state at a path; does nothing without one.

    Args:
        path: of the file, or None.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._kept_s = time.monotonic()

    def read(self) -> PaintingState | None:
        """Return what was kept, None if nothing was.

        Raises:
            StateError: the file is damaged.
            OSError: it can not be read.
        """
        if self._path is None or not self._path.exists():
            return None
        return PaintingState.from_bytes(self._path.read_bytes())

    def keep(self, step: Step) -> None:
        """Keep a step's state, not more often than the disk likes."""
        now_s = time.monotonic()
        if self._path is None or now_s - self._kept_s < _INTERVAL_S:
            return
        try:
            write_atomically(self._path, step.state().to_bytes())
        except ExceedsMemoryError as error:
            logger.warning("state_not_kept: %s", error)
        self._kept_s = now_s

    def remove(self) -> None:
        """Forget what was kept: the picture is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
