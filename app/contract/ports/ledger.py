"""The ledger: what the rooms ask of the one truth about jobs."""

from collections.abc import Sequence
from typing import Protocol

from app.contract.batches import Batch
from app.contract.changes import AppliedChange
from app.contract.failures import Failure
from app.contract.jobs import (
    Checkpoint,
    Job,
    NewJob,
    Outcome,
    Preview,
)
from app.contract.kind import Lane
from app.contract.ports.attempts import Beat, Claim, Waiting
from app.contract.ports.listing import JobFilter, JobPage
from app.contract.ports.requests import Requests
from app.contract.ports.restoration import Restoration
from app.contract.records.samples import Sample
from app.contract.updates import Row, Update
from app.contract.workers import WorkerOffer


class Ledger(Protocol):
    """The one truth about jobs; each change is one atomic step.

    While it is not whole (see `Restoration`) it hands out no job, and what it does not
    find it does not call unknown: it raises LedgerIncompleteError.
    """

    @property
    def requests(self) -> Requests:
        """What people ask of a job that waits or runs."""

    @property
    def restoration(self) -> Restoration:
        """How it gets back what it has lost."""

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        """Record jobs as queued, all or none; False if the first was there already.

        Raises:
            QueueFullError: More jobs would wait than the service accepts.
            TooManyActiveJobsError: Their key would have more unfinished ones than it
                may.
        """

    def record_reused(self, job: NewJob, source: Job) -> bool:
        """Record a job that has succeeded at once: with the picture of `source`."""

    def find_reusable(self, job: NewJob) -> str | None:
        """Return the id of a job of this owner that made what `job` would make."""

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""

    def list_jobs(self, wanted: JobFilter) -> JobPage:
        """Return a page of jobs, in the order of their creation."""

    def get_batch(self, batch_id: str) -> Batch:
        """Return the batch, or raise BatchNotFoundError."""

    def losses(self, job_id: str) -> list[Row]:
        """Return the series of the present attempt, the first step first."""

    def previews(self, job_id: str) -> list[Preview]:
        """Return the previews that are kept, the oldest first."""

    def claim(self, job_id: str, worker: str, offer: WorkerOffer) -> Claim | None:
        """Take the job whose turn it is for a new attempt, or nothing.

        It is the first that the worker can do, of the lanes that it serves; the others
        keep their places. In each lane keys take turns: each gets an equal share of the
        work, whatever it sends. Within one the order is by priority, then by age. Short
        jobs come first, but a long one after each eight of them.

        A bell is a hint: `job_id`, the job it rang for, is looked at only if none
        waits, in case its holder is lost. A worker that holds a job already gets the
        same one again: the answer to its first question was lost. The loss curve is
        cut back to the job's checkpoint. None means that
        there is nothing to do: all jobs are held, have ended, were canceled or ask for
        what the worker does not have.
        """

    def beat(
        self,
        job_id: str,
        attempt: int,
        progress: Update | None,
        losses: Sequence[Row] = (),
        obeyed: int = 0,
        applied: Sequence[AppliedChange] = (),
    ) -> Beat:
        """Renew the lease, carry progress, bring back what the client wants.

        Args:
            job_id: of the job.
            attempt: that holds it.
            progress: the newest, if there is any to tell.
            losses: rows of the series that were not told yet.
            obeyed: the sequence number of the last command that this attempt knows; a
                later attempt begins at 0 and gets all of them anew, but for changes
                that were told to be applied.
            applied: changes that hold and were not told yet.
        """

    def note_preview(self, job_id: str, attempt: int, preview: Preview) -> bool:
        """Note a stored preview; False if this attempt no longer holds the job."""

    def note_checkpoint(
        self, job_id: str, attempt: int, checkpoint: Checkpoint
    ) -> bool:
        """Note a stored checkpoint; False if this attempt no longer holds the job.

        The one before is due for `sweep`, the newest when the job ends, and one that
        was refused at once, unless the job's checkpoint lies under the same key. A
        later attempt finds the newest in the job's record.
        """

    def note_state(self, job_id: str, attempt: int, state: Checkpoint) -> bool:
        """Note a state that is kept on the way; False if the attempt lost the job.

        A branch may begin there as long as it is kept: some of each job are, evenly
        spread over its steps. Those at the same step and later ones go.
        """

    def note_resumed(self, job_id: str, attempt: int, step: int) -> bool:
        """Say from which step an attempt went on; False if it lost the job.

        The loss curve is cut back to that step, and so are the states on the way; 0
        says that nothing was gone on from.
        """

    def succeed(
        self,
        job_id: str,
        attempt: int,
        outcome: Outcome,
        sample: Sample | None = None,
        state: Checkpoint | None = None,
    ) -> bool:
        """Commit the picture; False if this attempt no longer holds the job.

        Args:
            job_id: of the job.
            attempt: that holds it.
            outcome: what was made.
            sample: what it cost, for those to come.
            state: in which it ended: a branch begins there.
        """

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client asked."""

    def hand_back(
        self,
        job_id: str,
        attempt: int,
        *,
        unable: bool = False,
        turn_over: bool = False,
    ) -> bool:
        """Queue the job again and give the attempt back.

        Args:
            job_id: of the job.
            attempt: that holds it.
            unable: whether the worker cannot do it, and is not given it again; else it
                must leave.
            turn_over: whether others come first, as a beat has said. It waits behind
                those of its key, and is charged for what it was served.
        """

    def paused_count(self) -> int:
        """Return how many jobs are paused."""

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended; its blobs are due for `sweep`.

        Raises:
            JobNotFoundError: The ledger has no such job.
            JobNotFinishedError: It waits or runs.
        """

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again.

        Jobs past their deadline are canceled.
        """

    def sweep(self) -> list[str]:
        """Forget records past their time; return keys of blobs that nobody needs.

        A key is named once: the caller deletes the blob. A crash in between leaves a
        file without a pointer, never a pointer without a file.
        """

    def queue_depth(self) -> int:
        """Return how many jobs wait."""

    def lane_depths(self) -> dict[Lane, int]:
        """Return how many jobs wait in each lane."""

    def waiting(self) -> list[Waiting]:
        """Return the first jobs of each lane, the next first.

        Those that nobody takes come to the front: a hundred tell enough.
        """

    def active_jobs(self, owner: str) -> int:
        """Return how many jobs of a key are unfinished."""

    def running(self) -> list[Job]:
        """Return the jobs that workers hold."""

    def samples(self) -> list[Sample]:
        """Return what the last jobs cost, the newest first."""

    def counters(self) -> dict[str, float]:
        """Return what was counted since the ledger began, by name.

        Names are `submitted`, `reused`, `ended:succeeded`, `ended:failed:<code>`,
        `ended:canceled`, `attempts_lost`, `steps`, and for each histogram
        (`wait_seconds`, `run_seconds`, `cancel_seconds`) `<name>:sum`, `<name>:count`
        and `<name>:le:<bound>`, not cumulative; see `app.stores.ledger.rules`.
        """

    def ping(self) -> None:
        """Raise LedgerUnavailableError unless the ledger would take a job."""
