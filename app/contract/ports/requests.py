"""What people ask of a job that waits or runs; its worker hears it with its beat."""

from collections.abc import Collection, Mapping
from typing import Protocol

from pydantic import JsonValue

from app.contract.commands import Command, Verb
from app.contract.jobs import CancelReason, Job


class Requests(Protocol):
    """A part of the ledger; each request is one atomic step.

    All raise JobNotFoundError where the ledger has no such job.
    """

    def append(
        self,
        job_id: str,
        verb: Verb,
        values: Mapping[str, JsonValue] | None = None,
        expected: Collection[int] | None = None,
    ) -> int:
        """Append a command to the job's log; return its sequence number.

        With `expected` only if the newest command's number is among these.

        The log lives as long as the job's stream of events; `app.archive.changes` keeps
        what it says.

        Raises:
            JobFinishedError: It has ended, or was told to stop.
            StaleRevisionError: Another number was expected.
            TooManyFilesError: It would bring one file more than may be kept.
        """

    def commands(self, job_id: str) -> tuple[Command, ...]:
        """Return the newest command of each kind and value, in their order."""

    def cancel(self, job_id: str, reason: CancelReason = CancelReason.REQUESTED) -> Job:
        """End a waiting job at once, ask a running one to stop; return the record.

        Raises:
            JobFinishedError: It has ended in another way than by a cancel.
        """

    def finish(self, job_id: str) -> Job:
        """Ask a job to end early with the picture as it is; return the record.

        One that waits will end with its first step.

        Raises:
            JobFinishedError: It has ended, or was told to stop.
        """

    def pause(self, job_id: str) -> Job:
        """Let a job wait in no queue, once its worker has let it go; return the record.

        No attempt is charged. Idle for longer than its `ttl_seconds` it is canceled.

        Raises:
            JobFinishedError: It has ended, or was told to end.
        """

    def resume(self, job_id: str) -> Job:
        """Let a paused job go on, first of those of its key; return the record.

        Raises:
            JobFinishedError: It has ended, or was told to stop.
            JobNotPausedError: It is not paused.
        """
