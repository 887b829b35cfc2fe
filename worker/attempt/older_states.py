"""States on a job's way: whoever wants another way from there begins with one.

They are worth less than the job: only what a checkpoint has encoded is kept, and not
often. Knows not what a state consists of.
"""

from app.archive.discarding import discard_unneeded
from app.contract.jobs import Checkpoint
from app.contract.ports import BlobStore, Claim, Ledger
from app.contract.records.states import PART_OF_STATES, STATES_KEPT
from app.contract.records.wire import older_state_key


class OlderStates:
    """Of one attempt.

    Attributes:
        total_steps: of the job, as far as is known; they are spread over these.
    """

    def __init__(
        self, ledger: Ledger, blobs: BlobStore, claim: Claim, *, most_bytes: int
    ) -> None:
        """Keep those whose kind may take so many bytes of what is kept for branches."""
        self.total_steps = 1
        self._ledger = ledger
        self._blobs = blobs
        self._claim = claim
        self._most_bytes = most_bytes // PART_OF_STATES
        self._due_step = 0
        #: Stored, but whether the ledger knows of them is not known.
        self._unsure: list[str] = []

    def keep(self, checkpoint: Checkpoint, content: bytes) -> None:
        """Keep a copy of a checkpoint that the ledger has noted, if one is due.

        Raises:
            StoreError: It is not kept.
        """
        step = checkpoint.step
        if step < self._due_step or len(content) > self._most_bytes:
            return
        self._due_step = step + max(1, self.total_steps // STATES_KEPT)
        key = older_state_key(*self._claim, step)
        self._unsure.append(key)
        self._blobs.put(key, content)
        state = checkpoint.model_copy(update={"blob_key": key})
        self._ledger.note_state(*self._claim, state)
        self._unsure.remove(key)

    def clear_up(self) -> None:
        """Remove what nobody will know of."""
        discard_unneeded(self._ledger, self._blobs, self._unsure)
