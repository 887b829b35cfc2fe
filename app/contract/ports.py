"""What the rooms ask of the pantry, as protocols, and the errors they may meet.

Every implementation translates its vendor's errors into these at its own door.
"""

from enum import IntEnum
from typing import NamedTuple, Protocol

from app.contract.failures import Failure
from app.contract.jobs import Job, NewJob, Outcome, Progress


class StoreError(Exception):
    """Something behind a port did not work; the message is fit for a log."""


class LedgerUnavailableError(StoreError):
    """The ledger did not answer in time: nothing is known about the job."""


class StorageUnavailableError(StoreError):
    """The blob store refused or failed: disk full, no right, no connection."""


class BlobNotFoundError(StoreError):
    """No blob is stored under the key."""


class JobNotFoundError(StoreError):
    """The ledger has no job of this id."""


class JobFinishedError(StoreError):
    """The job has reached a final state and cannot be changed."""


class QueueFullError(StoreError):
    """As many jobs wait as the service accepts."""

    def __init__(self, depth: int, limit: int) -> None:
        super().__init__(f"{depth} jobs wait, {limit} are allowed")
        self.depth = depth
        self.limit = limit


class Order(IntEnum):
    """What the ledger answers to a beat."""

    GO_ON = 0
    #: The client wants no picture: stop computing, then say so with `cancel_done`.
    CANCEL = 1
    #: Another attempt holds the job or it has ended: stop, write nothing.
    LEASE_LOST = 2


class Claim(NamedTuple):
    """A job that a worker holds, and the number of its attempt: the fencing token."""

    job_id: str
    attempt: int


class BlobStore(Protocol):
    """Bytes under keys like `uploads/ab12`. A reader sees all of a blob or none."""

    def put(self, key: str, content: bytes) -> None:
        """Store durably: when this returns, a power cut does not lose the blob."""

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error."""

    def check(self) -> None:
        """Raise StorageUnavailableError unless a small blob can be written."""


class Ledger(Protocol):
    """The one truth about jobs; each change is one atomic step."""

    def create(self, job: NewJob) -> bool:
        """Record a job as queued; False if the id was there already.

        Raises:
            QueueFullError: As many jobs wait as the service accepts.
        """

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""

    def claim(self, job_id: str, worker: str) -> Claim | None:
        """Take the job that has waited longest for a new attempt, or nothing.

        A bell is a hint: `job_id`, the job it rang for, is looked at only if none
        waits, in case its holder is lost. A worker that holds a job already gets the
        same one again: the answer to its first question was lost. None means that
        there is nothing to do: all jobs are held, have ended or were canceled.
        """

    def beat(self, job_id: str, attempt: int, progress: Progress | None) -> Order:
        """Renew the lease, carry progress, bring back what the client wants."""

    def succeed(self, job_id: str, attempt: int, outcome: Outcome) -> bool:
        """Commit the picture; False if this attempt no longer holds the job."""

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client wished."""

    def hand_back(self, job_id: str, attempt: int) -> bool:
        """Queue the job again and give the attempt back: the worker must leave."""

    def request_cancel(self, job_id: str) -> Job:
        """End a waiting job at once, ask a running one to stop; return the record.

        Raises:
            JobNotFoundError: The ledger has no such job.
            JobFinishedError: It has ended in another way than by a cancel.
        """

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again."""

    def announce_worker(self, worker: str) -> None:
        """Note that a worker is alive, for readiness."""

    def forget_worker(self, worker: str) -> None:
        """Note that a worker leaves, for readiness."""

    def live_workers(self) -> int:
        """Return how many workers announced themselves of late."""

    def queue_depth(self) -> int:
        """Return how many jobs wait."""

    def ping(self) -> None:
        """Raise LedgerUnavailableError unless the ledger answers."""


class Doorbell(Protocol):
    """Tells some worker to look at a job. A lost ring is repaired by `Ledger.reap`."""

    def ring(self, job_id: str) -> None:
        """Ring once; raise LedgerUnavailableError if nobody can hear it."""
