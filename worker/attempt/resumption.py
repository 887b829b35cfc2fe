"""Where an attempt begins: at the job's checkpoint, or anew if that is not fit.

Knows neither how checkpoints are made nor what is in them: the runner refuses what it
can not go on from. A checkpoint that is missing, damaged or another version's costs
its job time, never its result.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import closing

from app.contract.jobs import Checkpoint, Job, Reproducibility
from app.contract.ports import Claim, Ledger, StoreError
from worker.attempt.job_log import JobLog
from worker.attempt.storage import PatientStorage
from worker.runners.runner import StateRefusedError, Tick

logger = logging.getLogger(__name__)

#: Runs from a state, or from nothing.
Run = Callable[[bytes | None], Generator[Tick, None, None]]


class Resumption:
    """Of one attempt.

    Attributes:
        step: that was gone on from, None if nothing was; known with the first tick.
    """

    def __init__(
        self,
        ledger: Ledger,
        storage: PatientStorage,
        claim: Claim,
        job: Job,
        *,
        max_attempts: int,
    ) -> None:
        self.step: int | None = None
        self._ledger = ledger
        self._storage = storage
        self._claim = claim
        self._checkpoint = job.checkpoint
        self._count = job.attempt - job.forgiven
        self._max_attempts = max_attempts
        self._log = JobLog(logger, claim)

    def ticks(self, run: Run) -> Generator[Tick, None, None]:
        """Yield the ticks from the checkpoint on; all of them if there is none.

        The ledger is told what came of the checkpoint before the first tick is seen.
        """
        if self._checkpoint is not None:
            try:
                yield from self._resumed(self._checkpoint, run)
            except StateRefusedError as error:
                self._log.warning("begins anew: %s", error)
                self._note(0)
            else:
                return
        yield from run(None)

    def judged(self, own: Reproducibility) -> Reproducibility:
        """Return what the result depends on.

        One that two unlike workers have made can not be had again from its
        parameters.

        Args:
            own: what it depends on if this worker makes all of it.
        """
        if self._checkpoint is None or self.step is None:
            return own
        if self._checkpoint.reproducibility == own:
            return own
        return own.model_copy(update={"deterministic": False})

    def _resumed(self, checkpoint: Checkpoint, run: Run) -> Generator[Tick, None, None]:
        self._require_trust(checkpoint)
        with closing(run(self._read(checkpoint))) as ticks:
            for tick in ticks:
                if self.step is None:
                    self.step = checkpoint.step
                    self._log.info("goes on from step %d", self.step)
                    self._note(self.step)
                yield tick

    def _read(self, checkpoint: Checkpoint) -> bytes:
        try:
            return self._storage.get(checkpoint.blob_key)
        except StoreError as error:
            raise StateRefusedError(str(error)) from error

    def _require_trust(self, checkpoint: Checkpoint) -> None:
        """Refuse what the attempt before may have died of, if this is the last one.

        It had the same checkpoint and left no newer one: perhaps the state kills. If
        the job itself does, beginning anew changes nothing.
        """
        # The record counts attempts; the claim's number is more where one was handed
        # back, or where the ledger was rebuilt.
        is_last = self._count >= self._max_attempts
        if is_last and checkpoint.attempt < self._claim.attempt - 1:
            raise StateRefusedError(
                f"the attempt before was lost soon after step {checkpoint.step}, "
                "and this is the last one"
            )

    def _note(self, step: int) -> None:
        try:
            self._ledger.note_resumed(*self._claim, step)
        except StoreError as error:
            self._log.warning("step %d gone on from is not noted: %s", step, error)
