"""Checkpoints of a job: what its next attempt goes on from if this one is lost.

The runner is only kept for the copy of its state; a thread of its own stores it and
notes it. Knows neither what a state consists of nor who goes on from it. A checkpoint
that fails costs nobody the job.
"""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from app.archive.discarding import discard_unneeded
from app.contract.archives import ArchivedCheckpoint
from app.contract.jobs import Checkpoint, Reproducibility
from app.contract.ports import BlobStore, Claim, Ledger
from app.contract.wire import checkpoint_key, newest_checkpoint_key
from worker.attempt.job_log import JobLog
from worker.runners.runner import State, Step

logger = logging.getLogger(__name__)

#: Copying may cost the painting one part in so many of its time, and storing another.
LEAST_PART = 100
#: An attempt that ends waits so long for the checkpoint in hand: a worker that must
#: leave is killed if it does not leave soon.
_PATIENCE_S = 3.0


class _Saved(NamedTuple):
    step: int
    state: State


class Checkpoints:
    """Keeps checkpoints of one attempt, until the `with` block is left.

    The state of every step is copied, as far as its cost allows, and now and then the
    newest copy is stored. One more is stored if the block is left because the process
    must leave: what raises then is no `Exception`.
    """

    def __init__(
        self,
        ledger: Ledger,
        blobs: BlobStore,
        claim: Claim,
        *,
        interval_s: float,
        describe: Callable[[], Reproducibility],
        tell_losses: Callable[[], None],
    ) -> None:
        """Store one every `interval_s`; 0 stores none.

        Args:
            ledger: Where checkpoints are noted.
            blobs: Where they are stored.
            claim: The job and the attempt that holds it.
            interval_s: Between the end of one and the next.
            describe: Says what the picture depends on so far.
            tell_losses: Brings the loss curve to the ledger: it must not have a hole
                before the step that is gone on from.
        """
        self._ledger = ledger
        self._blobs = blobs
        self._claim = claim
        self._interval_s = interval_s
        self._describe = describe
        self._tell_losses = tell_losses
        self._log = JobLog(logger, claim)
        self._copied_s = float("-inf")
        self._copy_pause_s = 0.0
        self._stored_s = time.monotonic()
        self._store_pause_s = interval_s
        #: Stored, but whether the ledger knows of it is not known.
        self._is_unsure = False
        self._has_failed = False
        self._news = threading.Condition()
        self._newest: _Saved | None = None
        self._is_wanted = False
        self._is_storing = False
        self._is_closed = False
        self._thread = threading.Thread(
            target=self._store_all, name=f"checkpoints {claim.job_id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_leaving = kind is not None and not issubclass(kind, Exception)
        with self._news:
            # Of a job that ends, what is not begun is not wanted any more.
            self._is_wanted = is_leaving
            self._is_closed = True
            self._news.notify()
        # One that is late is refused by the ledger, and swept.
        self._thread.join(_PATIENCE_S)

    def offer(self, step: Step) -> None:
        """Copy the step's state if the cost allows, and have it stored if one is due.

        None is copied while one is stored: two at once could be too much for the
        memory, and the next step's is newer.
        """
        if step.is_last or not self._is_affordable():
            return
        # Computing only: on a busy machine others take most of the time that passes.
        began_s = time.thread_time()
        try:
            state = step.state()
        except Exception as error:  # noqa: BLE001 - a checkpoint never fails the job
            self._tell_failure(error)
            return
        self._copied_s = time.monotonic()
        self._copy_pause_s = LEAST_PART * (time.thread_time() - began_s)
        with self._news:
            self._newest = _Saved(step.step, state)
            self._is_wanted = self._copied_s - self._stored_s >= self._store_pause_s
            self._news.notify()

    def _is_affordable(self) -> bool:
        if self._interval_s == 0 or self._is_storing:
            return False
        return time.monotonic() - self._copied_s >= self._copy_pause_s

    def _store_all(self) -> None:
        while (saved := self._next()) is not None:
            began_s = time.thread_time()
            try:
                self._store(saved)
            except Exception as error:  # noqa: BLE001 - never fails the job
                self._tell_failure(error)
            # Waiting for the disk costs the painting nothing.
            cost_s = time.thread_time() - began_s
            self._stored_s = time.monotonic()
            self._store_pause_s = max(self._interval_s, LEAST_PART * cost_s)
            self._is_storing = False
            del saved  # before the next one is waited for
        if self._is_unsure:
            try:
                key = checkpoint_key(*self._claim)
                discard_unneeded(self._ledger, self._blobs, [key])
            except Exception as error:  # noqa: BLE001 - a collector finds it later
                self._tell_failure(error)

    def _next(self) -> _Saved | None:
        with self._news:
            self._news.wait_for(lambda: self._is_wanted or self._is_closed)
            saved = self._newest if self._is_wanted else None
            self._newest, self._is_wanted = None, False
            self._is_storing = saved is not None
        return saved

    def _store(self, saved: _Saved) -> None:
        """Store the state, then note it: nobody is sent to a file not yet there.

        It is noted in the ledger and beside it, for the time when that is lost.
        """
        key = checkpoint_key(*self._claim)
        self._is_unsure = True
        self._blobs.put(key, saved.state.to_bytes())
        checkpoint = Checkpoint(
            attempt=self._claim.attempt,
            step=saved.step,
            blob_key=key,
            reproducibility=self._describe(),
        )
        self._tell_losses()
        noted = self._ledger.note_checkpoint(*self._claim, checkpoint)
        self._is_unsure = False
        if noted:  # The one that holds the job says which is its newest.
            archive = ArchivedCheckpoint(
                job_id=self._claim.job_id, checkpoint=checkpoint
            )
            self._blobs.put(
                newest_checkpoint_key(self._claim.job_id), archive.to_json()
            )

    def _tell_failure(self, error: Exception) -> None:
        """Say it once a job: a full disk stays full for a while."""
        if not self._has_failed:
            self._log.warning("no checkpoint: %s", error)
        self._has_failed = True
