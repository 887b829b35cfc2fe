"""Reads what is kept of jobs; a file that is not ours is told once and left alone.

It decides nothing: what a document means for the ledger is the rebuilder's affair.
"""

import logging
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from app.contract.commands import Command
from app.contract.jobs import Checkpoint, EarlyEnd, is_job_id
from app.contract.ports import BlobNotFoundError, BlobStore
from app.contract.records.archives import (
    A,
    ArchivedBatch,
    ArchivedCheckpoint,
    ArchivedCommands,
    ArchivedEarlyEnd,
    ArchivedEnd,
    JobRecord,
    UnreadableArchiveError,
    read_archive,
)
from app.contract.records.wire import (
    batch_key,
    checkpoint_key,
    commands_key,
    early_end_key,
    end_key,
    job_record_key,
    newest_checkpoint_key,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArchiveListing:
    """Jobs of which something is kept, by what it is.

    Attributes:
        archived: those whose record is there.
        with_end: those that have ended.
        asked: what was asked of which, a job's cancel before its finish.
        changed: those that shall go on with other values.
    """

    archived: set[str]
    with_end: set[str]
    asked: list[tuple[str, EarlyEnd]]
    changed: set[str]

    @classmethod
    def of(cls, keys: Iterable[str]) -> "ArchiveListing":
        """Sort keys; those that are not ours count for nothing."""
        ids = {key: job_id for key in keys if is_job_id(job_id := id_of(key))}
        return cls(
            {job_id for key, job_id in ids.items() if key == job_record_key(job_id)},
            {job_id for key, job_id in ids.items() if key == end_key(job_id)},
            sorted(
                (job_id, asked)
                for key, job_id in ids.items()
                for asked in EarlyEnd
                if key == early_end_key(job_id, asked)
            ),
            {job_id for key, job_id in ids.items() if key == commands_key(job_id)},
        )

    @property
    def unfinished(self) -> set[str]:
        """Those that are archived and have not ended."""
        return self.archived - self.with_end

    @property
    def ended(self) -> set[str]:
        """Those that are archived and have ended."""
        return self.archived & self.with_end

    @property
    def orphans(self) -> list[str]:
        """Keys without a job record: a crash came while the job was deleted."""
        ends = [end_key(job_id) for job_id in self.with_end - self.archived]
        asked = [
            early_end_key(*each) for each in self.asked if each[0] not in self.archived
        ]
        changes = [commands_key(job_id) for job_id in self.changed - self.archived]
        return [*ends, *asked, *changes]


@dataclass
class ArchiveReader:
    """Finds documents by what they are about; None stands for each that is no good."""

    blobs: BlobStore
    _told: set[str] = field(default_factory=set)

    def record(self, job_id: str) -> JobRecord | None:
        """Return a job as it was accepted."""
        record = self._read(JobRecord, job_record_key(job_id))
        return record if record is not None and record.job.id == job_id else None

    def end(self, job_id: str) -> ArchivedEnd | None:
        """Return how a job ended."""
        end = self._read(ArchivedEnd, end_key(job_id))
        return end if end is not None and end.job.id == job_id else None

    def early_end(self, job_id: str, asked: EarlyEnd) -> ArchivedEarlyEnd | None:
        """Return that this was asked of a job."""
        found = self._read(ArchivedEarlyEnd, early_end_key(job_id, asked))
        is_his = found is not None and (found.job_id, found.asked) == (job_id, asked)
        return found if is_his else None

    def commands(self, job_id: str) -> tuple[Command, ...]:
        """Return what else was asked of a job."""
        found = self._read(ArchivedCommands, commands_key(job_id))
        return () if found is None or found.job_id != job_id else found.commands

    def checkpoint(self, job_id: str, there: Container[str]) -> Checkpoint | None:
        """Return a job's newest checkpoint; what is in it only the engine can judge.

        Args:
            job_id: The job's.
            there: Keys of all files of checkpoints.
        """
        key = newest_checkpoint_key(job_id)
        found = self._read(ArchivedCheckpoint, key) if key in there else None
        if found is None or found.job_id != job_id:
            return None
        checkpoint = found.checkpoint
        is_his = checkpoint.blob_key == checkpoint_key(job_id, checkpoint.attempt)
        return checkpoint if is_his and checkpoint.blob_key in there else None

    def batch(self, batch_id: str) -> ArchivedBatch | None:
        """Return a batch."""
        found = self._read(ArchivedBatch, batch_key(batch_id))
        return found if found is not None and found.batch.id == batch_id else None

    def _read(self, kind: type[A], key: str) -> A | None:
        try:
            return read_archive(kind, self.blobs.get(key))
        except BlobNotFoundError:
            return None  # deleted meanwhile
        except UnreadableArchiveError as error:
            if key not in self._told:
                _log.error("cannot be restored: %s is not ours: %s", key, error)
            self._told.add(key)
            return None


def id_of(key: str) -> str:
    """Return the id in `jobs/<id>/job.json`; '' for what looks otherwise."""
    parts = key.split("/")
    return parts[1] if len(parts) == 3 else ""
