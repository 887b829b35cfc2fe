"""Says again and again that this worker lives, what it is and which job it holds."""

import contextlib
import logging
import threading
from datetime import UTC, datetime

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError, WorkerRegistry
from app.contract.workers import WorkerInfo, WorkerOffer
from worker.runners.combined_info import CombinedInfo

logger = logging.getLogger(__name__)


class Presence:
    """Announces one worker: every few seconds, and at once when its job changes."""

    def __init__(
        self,
        worker_registry: WorkerRegistry,
        runner: CombinedInfo,
        name: str,
        *,
        kinds: tuple[str, ...],
        lanes: tuple[Lane, ...] = tuple(Lane),
        interval_s: float = 5.0,
    ) -> None:
        self._worker_registry = worker_registry
        self._runner = runner
        self._name = name
        self._serves = {"kinds": kinds, "lanes": lanes}
        self._interval_s = interval_s
        self._started_at = datetime.now(UTC)
        self._info = self._idle_info()
        self._job_id: str | None = None
        self._news = threading.Event()
        self._is_leaving = False
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Begin; the thread ends with `leave`, or with the process."""
        self._thread.start()

    def holds(self, job_id: str | None) -> None:
        """Note which job the worker has now; waits for nobody."""
        self._job_id = job_id
        self._news.set()

    def leave(self) -> None:
        """Say that the worker leaves, so that readiness knows at once."""
        self._is_leaving = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)
        with contextlib.suppress(LedgerUnavailableError):
            self._worker_registry.forget(self._name)

    def announce(self) -> None:
        """Announce once."""
        try:
            self._worker_registry.announce(self._present_info())
        except LedgerUnavailableError as error:
            logger.warning("worker=%s cannot be announced: %s", self._name, error)

    def offer(self) -> WorkerOffer:
        """Return what the worker can do, by its memory as it was when last idle."""
        return self._info.offer

    def _idle_info(self) -> WorkerInfo:
        return self._runner.info(self._name).model_copy(update=self._serves)

    def _present_info(self) -> WorkerInfo:
        """Return what the worker is, its memory as it was when last idle.

        What a running job takes is not lost to the next one.
        """
        job_id = self._job_id
        if job_id is None:
            self._info = self._idle_info()
        return self._info.model_copy(
            update={
                "job_id": job_id,
                "started_at": self._started_at,
                "process_bytes": self._runner.process_bytes(),
            }
        )

    def _run(self) -> None:
        while not self._is_leaving:
            self._news.clear()
            try:
                self.announce()
            # A fault of ours must not end it for good: the worker would count as gone.
            except Exception:
                logger.exception("worker=%s cannot be announced", self._name)
            self._news.wait(self._interval_s)
