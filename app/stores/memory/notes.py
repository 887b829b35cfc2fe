"""What an attempt notes in the ledger in memory: the twins of three scripts."""

from app.contract.jobs import Checkpoint, JobStatus, Preview
from app.stores.memory.states import MemoryStates


class MemoryNotes(MemoryStates):
    """Notes previews, checkpoints, and which one an attempt went on from."""

    def note_preview(self, job_id: str, attempt: int, preview: Preview) -> bool:
        """Note a stored preview; False if this attempt no longer holds the job."""
        with self._lock:
            job = self._held(job_id, attempt)
            if job is None:
                return False
            kept = self._previews[job_id]
            if kept and kept[-1][1] == preview:
                return True
            if job.status is JobStatus.STARTING:
                self._move(job_id, JobStatus.PROCESSING)
            until_s = self._clock() + self._rules.preview_ttl_s
            kept.append((until_s, preview))
            self._holders.hold(preview.blob_key, job_id, until_s)
            while len(kept) > self._rules.previews_kept:
                _, oldest = kept.pop(0)
                self._holders.hold(oldest.blob_key, job_id, self._clock())
            self._show(job_id, preview)
        return True

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
