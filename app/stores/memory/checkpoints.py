"""Checkpoints in the ledger in memory: the twins of two scripts."""

from app.contract.jobs import Checkpoint
from app.stores.memory.states import MemoryStates


class MemoryCheckpoints(MemoryStates):
    """Notes which state a later attempt can go on from, and from where one did."""

    def note_checkpoint(
        self, job_id: str, attempt: int, checkpoint: Checkpoint
    ) -> bool:
        """Note a stored checkpoint; False if this attempt no longer holds the job."""
        blob = checkpoint.blob_key
        with self._lock:
            job = self._jobs.get(job_id)
            before = None if job is None else job.checkpoint
            is_other = before is not None and before.blob_key != blob
            if self._held(job_id, attempt) is None:
                # What a handed back attempt left may be what the job points to.
                if before is None or is_other:
                    self._holders.hold(blob, job_id, self._clock())
                return False
            if before is not None and is_other:
                self._holders.hold(before.blob_key, job_id, self._clock())
            self._keep_checkpoint(job_id, checkpoint)
        return True

    def note_resumed(self, job_id: str, attempt: int, step: int) -> bool:
        """Say from which step an attempt went on; False if it lost the job."""
        with self._lock:
            job = self._held(job_id, attempt)
            if job is None:
                return False
            self._cut_losses(job_id, step)
            self._move(job_id, job.status, resumed_from_step=step or None)
        return True
