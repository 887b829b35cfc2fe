"""The state in which a job ends: whoever wants more steps begins there.

It is worth less than the result: what keeps it from being copied or stored costs the
job nothing but a line in the log. Knows not what a state consists of.
"""

import contextlib
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.contract.jobs import Checkpoint, Reproducibility
from app.contract.ports import Claim, StorageUnavailableError, StoreError
from app.contract.records.wire import last_state_key
from worker.attempt.job_log import JobLog
from worker.attempt.storage import PatientStorage
from worker.runners.runner import Tick

logger = logging.getLogger(__name__)

#: Encodes a state.
Encode = Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class LastState:
    """Of one attempt.

    Attributes:
        claim: The job and the attempt that holds it.
        storage: Where it is kept; tries once, for a short while.
        most_bytes: Of a state that is kept; 0 keeps none.
        describe: Says what the result depends on.
    """

    claim: Claim
    storage: PatientStorage
    most_bytes: int
    describe: Callable[[], Reproducibility]

    def copy(self, tick: Tick) -> Encode | None:
        """Return what encodes the state of the last tick, None if there is none."""
        if self.most_bytes == 0:
            return None
        try:
            return tick.state()
        except Exception as error:  # noqa: BLE001 - never fails the job
            self._log("copied", error)
            return None

    def store(self, step: int, encode: Encode | None) -> Checkpoint | None:
        """Store what was copied; return where it is, None if it is not.

        Raises:
            RunInterruptedError: The job must not go on.
        """
        if encode is None:
            return None
        content = encode()
        if len(content) > self.most_bytes:
            return None
        key = last_state_key(*self.claim)
        try:
            self.storage.put(key, content)
        except StorageUnavailableError as error:
            self._log("stored", error)
            return None
        return Checkpoint(
            attempt=self.claim.attempt,
            step=step,
            blob_key=key,
            reproducibility=self.describe(),
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def discard(self, state: Checkpoint | None) -> None:
        """Remove it: nobody will know of it."""
        if state is not None:
            with contextlib.suppress(StoreError):  # a collector finds it later
                self.storage.blobs.delete(state.blob_key)

    def _log(self, done: str, error: Exception) -> None:
        JobLog(logger, self.claim).warning("last state not %s: %s", done, error)
