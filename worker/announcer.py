"""Says again and again that this worker lives, what it is and which job it holds."""

import contextlib
import logging
import threading
from datetime import UTC, datetime

from app.contract.ports import LedgerUnavailableError, Roster
from app.contract.workers import WorkerCard
from worker.press import Press

logger = logging.getLogger(__name__)


class Announcer:
    """Announces one worker: every few seconds, and at once when its job changes."""

    def __init__(
        self, roster: Roster, press: Press, name: str, *, interval_s: float = 5.0
    ) -> None:
        self._roster = roster
        self._press = press
        self._name = name
        self._interval_s = interval_s
        self._started_at = datetime.now(UTC)
        self._card = press.card(name)
        self._job_id: str | None = None
        self._news = threading.Event()
        self._is_leaving = False
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)

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
            self._roster.forget(self._name)

    def announce(self) -> None:
        """Announce once."""
        try:
            self._roster.announce(self._present_card())
        except LedgerUnavailableError as error:
            logger.warning("worker=%s cannot be announced: %s", self._name, error)

    def _present_card(self) -> WorkerCard:
        """Return the card, its memory as it was when the worker was last idle.

        What a running job takes is not lost to the next one.
        """
        job_id = self._job_id
        if job_id is None:
            self._card = self._press.card(self._name)
        return self._card.model_copy(
            update={
                "job_id": job_id,
                "started_at": self._started_at,
                "process_bytes": self._press.process_bytes(),
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
