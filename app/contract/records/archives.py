"""What is kept of jobs beside the ledger, so that a lost Redis loses no promise.

Documents in JSON: the job as it was accepted, what was asked of it since, which
checkpoint is its newest, how a job ended, and a batch. A document says its version:
what a newer service wrote is not guessed at.
"""

from datetime import datetime
from typing import Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from app.contract.batches import Batch
from app.contract.commands import Command
from app.contract.jobs import Checkpoint, EarlyEnd, Job, NewJob
from app.contract.records.upgrades import upgraded_archive
from app.contract.updates import Row


class UnreadableArchiveError(ValueError):
    """A file is damaged, foreign, or of another version; the message says which."""


class _Archive(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Raised when an older service could misread what a newer one wrote; what the
    #: version before has written is read, see `upgrades`.
    version: Literal[2] = 2

    def to_json(self) -> bytes:
        """Return the document; `read_archive` gives an equal one back."""
        return self.model_dump_json().encode()


class JobRecord(_Archive):
    """A job as it was accepted; `created_at` by the clock of who accepted it."""

    kind: Literal["order"] = "order"
    created_at: AwareDatetime
    job: NewJob


class ArchivedEarlyEnd(_Archive):
    """That a job shall end before its time, while it has not done so yet."""

    kind: Literal["early_end"] = "early_end"
    job_id: str
    asked: EarlyEnd


class ArchivedCommands(_Archive):
    """All that shall change in a job: the newest command of each value."""

    kind: Literal["commands"] = "commands"
    job_id: str
    commands: tuple[Command, ...]


class ArchivedCheckpoint(_Archive):
    """Which checkpoint a job's next attempt goes on from, while it has not ended."""

    kind: Literal["checkpoint"] = "checkpoint"
    job_id: str
    checkpoint: Checkpoint


class ArchivedEnd(_Archive):
    """A job's whole record once it has ended, and its loss curve."""

    kind: Literal["end"] = "end"
    job: Job
    losses: tuple[Row, ...] = ()

    @property
    def completed_at(self) -> datetime:
        """When it ended."""
        return self.job.completed_at or self.job.created_at


class ArchivedBatch(_Archive):
    """A batch; it is written after the records of its jobs: then all of them count."""

    kind: Literal["batch"] = "batch"
    created_at: AwareDatetime
    batch: Batch


A = TypeVar("A", bound=_Archive)


def read_archive(kind: type[A], content: bytes) -> A:
    """Return the document that `content` holds.

    Raises:
        UnreadableArchiveError: It is not one of this kind and version. The words name
            fields and quote nothing of the file: there are secrets in it.
    """
    try:
        document = from_json(content)
    except ValueError:
        raise UnreadableArchiveError("it is no JSON") from None
    try:
        archive = kind.model_validate(upgraded_archive(document))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(map(str, first["loc"])) or "JSON"
        raise UnreadableArchiveError(f"{place}: {first['type']}") from None
    if isinstance(archive, ArchivedEnd) and not archive.job.status.is_final:
        raise UnreadableArchiveError(f"job/status: {archive.job.status} is no end")
    return archive
