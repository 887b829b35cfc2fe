"""Checkpoints of a job: what its next attempt goes on from if this one is lost.

The runner is only kept for the copy of its state. Knows neither what a state consists
of nor who goes on from it.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Self

from app.archive.discarding import discard_unneeded
from app.contract.jobs import Checkpoint, Reproducibility
from app.contract.ports import BlobStore, Claim, Ledger
from app.contract.records.archives import ArchivedCheckpoint
from app.contract.records.wire import checkpoint_key, newest_checkpoint_key
from worker.attempt.background import Background
from worker.attempt.older_states import OlderStates
from worker.runners.control import RESTS
from worker.runners.runner import Tick

#: Copying may cost the job one part in so many of its time, and storing another.
LEAST_PART = 100


class Checkpoints:
    """Keeps checkpoints of one attempt, until the `with` block is left.

    The state of every tick is copied, as far as its cost allows, and now and then the
    newest copy is stored. One more is stored if the block is left because the process
    must leave, what raises then is no `Exception`, or because the job rests.
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
        older: OlderStates,
    ) -> None:
        """Store one every `interval_s`; 0 stores none.

        Args:
            ledger: Where checkpoints are noted.
            blobs: Where they are stored.
            claim: The job and the attempt that holds it.
            interval_s: Between the end of one and the next.
            describe: Says what the result depends on so far.
            tell_losses: Brings the series to the ledger: it must not have a hole
                before the step that is gone on from.
            older: Keeps some of them on.
        """
        self._ledger = ledger
        self._blobs = blobs
        self._claim = claim
        self._interval_s = interval_s
        self._describe = describe
        self._tell_losses = tell_losses
        self._older = older
        self._copied_s = float("-inf")
        self._copy_pause_s = 0.0
        self._stored_s = time.monotonic()
        self._store_pause_s = interval_s
        #: Stored, but whether the ledger knows of it is not known.
        self._is_unsure = False
        self._background = Background("checkpoint", claim, self._work, self._clear_up)

    def __enter__(self) -> Self:
        self._background.start()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        rests = error is not None and RESTS.issuperset(error.args) and error.args
        is_leaving = bool(rests) or not isinstance(error, Exception | None)
        # One that is late is refused by the ledger, and swept.
        self._background.close(with_newest=is_leaving)

    def offer(self, tick: Tick, *, is_last_chance: bool = False) -> None:
        """Copy the tick's state if the cost allows, and have it stored if one is due.

        At the last chance it is copied whatever that costs.

        None is copied while one is stored: two at once could be too much for the
        memory, and the next tick's is newer.
        """
        now_s = time.monotonic()
        self._older.total_steps = tick.update.total_steps
        if tick.is_last or self._interval_s == 0:
            return
        is_dear = now_s - self._copied_s < self._copy_pause_s
        if not is_last_chance and (is_dear or self._background.is_working):
            return
        # Computing only: on a busy machine others take most of the time that passes.
        began_s = time.thread_time()
        is_due = now_s - self._stored_s >= self._store_pause_s
        if self._background.offer(tick.update.step, tick.state, is_wanted=is_due):
            self._copied_s = time.monotonic()
            self._copy_pause_s = LEAST_PART * (time.thread_time() - began_s)

    def _work(self, step: int, encode: Callable[[], bytes]) -> None:
        began_s = time.thread_time()
        try:
            self._store(step, encode)
        finally:
            # Waiting for the disk costs the job nothing.
            cost_s = time.thread_time() - began_s
            self._stored_s = time.monotonic()
            self._store_pause_s = max(self._interval_s, LEAST_PART * cost_s)

    def _store(self, step: int, encode: Callable[[], bytes]) -> None:
        """Store the state, then note it: nobody is sent to a file not yet there.

        It is noted in the ledger and beside it, for the time when that is lost.
        """
        key = checkpoint_key(*self._claim)
        self._is_unsure = True
        content = encode()
        self._blobs.put(key, content)
        checkpoint = Checkpoint(
            attempt=self._claim.attempt,
            step=step,
            blob_key=key,
            reproducibility=self._describe(),
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        self._tell_losses()
        noted = self._ledger.note_checkpoint(*self._claim, checkpoint)
        self._is_unsure = False
        if noted:  # The one that holds the job says which is its newest.
            job_id = self._claim.job_id
            archive = ArchivedCheckpoint(job_id=job_id, checkpoint=checkpoint)
            self._blobs.put(newest_checkpoint_key(job_id), archive.to_json())
            self._older.keep(checkpoint, content)

    def _clear_up(self) -> None:
        if self._is_unsure:
            key = checkpoint_key(*self._claim)
            discard_unneeded(self._ledger, self._blobs, [key])
        self._older.clear_up()
