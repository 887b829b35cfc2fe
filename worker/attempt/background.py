"""A thread that works off the newest of what it is given, beside the runner.

Whoever gives is never held up, and no failure costs him his job. Knows neither what is
given nor what is done with it.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from app.contract.ports import Claim
from worker.attempt.job_log import JobLog

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: An attempt that ends waits so long for the work in hand, not for a silent storage: a
#: worker that must leave is killed if it does not leave soon.
PATIENCE_S = 3.0


class Background(Generic[T]):
    """Works from `start` to `close`.

    Attributes:
        is_working: whether something is in hand.
    """

    def __init__(
        self,
        what: str,
        claim: Claim,
        work: Callable[[int, T], None],
        clear_up: Callable[[], None],
    ) -> None:
        """Work for one attempt.

        Args:
            what: The log calls it so where it fails.
            claim: The job and the attempt that holds it.
            work: Does it, for a step.
            clear_up: Is called at the end, which may come after `close`.
        """
        self.is_working = False
        self._what = what
        self._log = JobLog(logger, claim)
        self._work = work
        self._clear_up = clear_up
        self._has_failed = False
        self._news = threading.Condition()
        self._newest: tuple[int, T] | None = None
        self._is_wanted = False
        self._is_closed = False
        self._thread = threading.Thread(
            target=self._run, name=f"{what}s {claim.job_id}", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def offer(
        self, step: int, make: Callable[[], T | None], *, is_wanted: bool = True
    ) -> bool:
        """Make something and keep it in the place of what was not begun.

        Args:
            step: Whose.
            make: Returns it, or None for nothing; may fail.
            is_wanted: Whether it is to be worked off, or only to be there at the end.

        Returns:
            Whether there is something.
        """
        made: T | None = None
        with self._failures_told_once():
            made = make()
        if made is None:
            return False
        with self._news:
            self._newest, self._is_wanted = (step, made), is_wanted
            self._news.notify()
        return True

    def close(self, *, with_newest: bool = False) -> None:
        """Let what is in hand come to its end, and wait for it a while.

        Args:
            with_newest: Whether what is not begun is wanted all the same.
        """
        with self._news:
            self._is_wanted, self._is_closed = with_newest, True
            self._news.notify()
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        while (newest := self._next()) is not None:
            with self._failures_told_once():
                self._work(*newest)
            self.is_working = False
            del newest  # before the next one is waited for
        with self._failures_told_once():
            self._clear_up()

    def _next(self) -> tuple[int, T] | None:
        with self._news:
            self._news.wait_for(lambda: self._is_wanted or self._is_closed)
            newest = self._newest if self._is_wanted else None
            self._newest, self._is_wanted = None, False
            self.is_working = newest is not None
        return newest

    @contextmanager
    def _failures_told_once(self) -> Iterator[None]:
        """Go on after a failure; a full disk stays full for a while."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - never fails the job
            if not self._has_failed:
                self._log.warning("no %s: %s", self._what, error)
            self._has_failed = True
