"""How a ledger that has lost data gets its jobs back.

The server of the ledger may lose everything, or, when it starts again, its last second.
A marker in the ledger names the run of the server whose data are known to be complete;
if the marker is missing or names another run, the ledger is not whole until somebody
has compared it with what is kept of jobs beside it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from app.contract.batches import Batch
from app.contract.commands import Command
from app.contract.jobs import Checkpoint, Job, JobStatus, NewJob
from app.contract.records.archives import ArchivedEnd

#: A step of a restoration must follow the last one within so many seconds: longer than
#: it takes to list all files, and as long as others wait for one who has died.
RESTORING_PATIENCE_S = 30


class Restored(NamedTuple):
    """A job to restore.

    Attributes:
        job: as it was sent.
        created_at: when it was accepted.
        end: how it ended, None for one that has not.
        retell: whether the webhook of its end is told once more.
        checkpoint: what one that has not ended goes on from.
    """

    job: NewJob
    created_at: datetime
    end: ArchivedEnd | None = None
    retell: bool = False
    checkpoint: Checkpoint | None = None


class Restoration(Protocol):
    """One restores at a time, and each step does nothing if it was done before.

    Steps raise RestorationLostError when their token does not count any more.
    """

    def is_whole(self) -> bool:
        """Tell whether nothing is missing."""

    def begin_restoring(self) -> str | None:
        """Return a token for the steps; None while another one restores.

        It is lost when no step was taken for `RESTORING_PATIENCE_S`.
        """

    def checked_jobs(self, token: str) -> dict[str, Job | None]:
        """Return all jobs by their ids, each record found sound.

        None stands for one that has ended: there are many, so only their form is read.

        Raises:
            LedgerDamagedError: The ledger contradicts itself: see `wipe`.
        """

    def drop(self, token: str, job_id: str) -> None:
        """Drop a job's record without ending it; its pictures are not touched."""

    def wipe(self, token: str) -> None:
        """Drop all that the ledger holds."""

    def restore(self, token: str, restored: Restored) -> bool:
        """Record a job as it was; False if there was nothing to do.

        One that has not ended waits again. One that the ledger knows, but not how it
        ended, takes its end. A job that has ended is never changed.
        """

    def restore_batch(self, token: str, batch: Batch, created_at: datetime) -> None:
        """Record a batch unless it is there."""

    def restore_commands(
        self, token: str, job_id: str, commands: Sequence[Command]
    ) -> None:
        """Note what was asked of a job that has not ended, but for what is newer.

        The commands keep their sequence numbers.
        """

    def finish_restoring(self, token: str, fence_base: int) -> None:
        """Call the ledger whole.

        Args:
            token: from `begin_restoring`.
            fence_base: Attempts that begin from now on are numbered from here, so that
                none has the number of one that was forgotten. It is left as it is if
                the ledger was whole already.
        """

    def abandon_restoring(self, token: str) -> None:
        """Let another one begin at once; what was restored stays."""

    def statuses(self, job_ids: Sequence[str]) -> dict[str, JobStatus]:
        """Return the states of those of the jobs that the ledger has."""

    def unwritten_ends(self) -> list[str]:
        """Return jobs that have ended, and of which no end is kept yet; some."""

    def note_written(self, job_ids: Sequence[str]) -> list[str]:
        """Note whose end is kept now; return those that were forgotten meanwhile."""

    def unneeded(self, blobs: Sequence[str]) -> list[str]:
        """Return those of the blobs that no job needs and `sweep` will not name.

        Raises:
            LedgerIncompleteError: Jobs that need them may come back.
        """

    def take_turn(self, name: str, interval_s: float) -> bool:
        """Tell whether it is time for a chore that somebody does every `interval_s`."""
