"""The ledger gets back what it has lost, from what is kept beside it.

Nothing here decides what a job's state is: a job record without an end waits again, one
with an end has ended so; what was asked of it meanwhile is asked again.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from app.archive.early_ends import tell
from app.archive.reading import ArchiveListing, ArchiveReader, id_of
from app.contract.batches import is_batch_id
from app.contract.jobs import Checkpoint, EarlyEnd, Job, NewJob
from app.contract.ports import (
    BlobStore,
    JobFinishedError,
    JobNotFoundError,
    Ledger,
    LedgerDamagedError,
    Reservations,
    StoreError,
)
from app.contract.ports.restoration import Restored
from app.contract.records.archives import JobRecord
from app.contract.records.wire import (
    BATCHES_FOLDER,
    CHECKPOINTS_FOLDER,
    JOBS_FOLDER,
    commands_key,
    early_end_key,
    end_key,
    job_record_key,
)

_log = logging.getLogger(__name__)

#: An Idempotency-Key stands for its job so long after the job was accepted.
KEY_KEPT_S = 24 * 3600.0
#: A webhook is tried for 17 hours and 36 minutes: older ends are told, or given up.
RETOLD_S = 24 * 3600.0
#: So many attempts have room between two bases.
_ATTEMPTS = 10_000

#: Batches that are kept, and the jobs that each names; None if it cannot be read.
_Batches = Mapping[str, frozenset[str] | None]


def draw_fence_base() -> int:
    """Return a number from which attempts are counted that no attempt had before.

    Drawn, not counted up: there is no place whose loss could make it come again.
    Fencing compares numbers for equality alone. All stay far below 2**53, which is as
    far as Lua counts exactly.
    """
    return (1 + secrets.randbelow(10**9)) * _ATTEMPTS


@dataclass(frozen=True)
class Rebuilt:
    """What a comparison came to: jobs that wait again, and jobs that have ended."""

    queued: int = 0
    ended: int = 0


@dataclass
class Rebuilder:
    """Compares the ledger with what is kept, and restores what it lacks.

    Attributes:
        record_ttl_s: a record outlives its pictures by so long; older ones are not
            restored but removed.
        clock: seconds since 1970.
        draw: draws a fence's base.
    """

    ledger: Ledger
    blobs: BlobStore
    reservations: Reservations
    record_ttl_s: float
    clock: Callable[[], float] = time.time
    draw: Callable[[], int] = draw_fence_base
    archive: ArchiveReader = field(init=False)

    def __post_init__(self) -> None:
        self.archive = ArchiveReader(self.blobs)

    def rebuild(self) -> Rebuilt | None:
        """Make the ledger whole; None if another one is about it.

        Raises:
            RestorationLostError: The ledger's server was lost once more.
            StoreError: One of the stores does not work. Begin again in both cases: what
                was restored stays.
        """
        with self._restoring() as token:
            if token is None:
                return None
            recorded = self._recorded(token)
            # Later: a job record is kept before its job is recorded.
            kept = ArchiveListing.of(self.blobs.keys(JOBS_FOLDER))
            # A storage with nothing in it is rather the wrong one.
            for job_id in recorded - kept.archived if kept.archived else ():
                self.ledger.restoration.drop(token, job_id)
            rebuilt = self._compare(token, kept, is_tidying=False)
            # Where no job was ever accepted, no attempt was ever made.
            base = self.draw() if kept.archived else 0
            self.ledger.restoration.finish_restoring(token, base)
        return rebuilt

    def _recorded(self, token: str) -> set[str]:
        """Return the jobs in the ledger; none where it makes no sense: it is emptied.

        Its server reads files that are damaged if only their form is right.
        """
        try:
            jobs = self.ledger.restoration.checked_jobs(token)
            for job in jobs.values():
                if job is not None:
                    self._require_as_ordered(job)
        except LedgerDamagedError as error:
            _log.error("the queue's data are damaged: all are restored: %s", error)
            self.ledger.restoration.wipe(token)
            return set()
        return set(jobs)

    def _require_as_ordered(self, job: Job) -> None:
        record = self.archive.record(job.id)
        told = NewJob.model_validate(job.model_dump(include=set(NewJob.model_fields)))
        if record is not None and told != record.job:
            raise LedgerDamagedError(f"job {job.id} is not what was ordered")

    def tidy(self, grace_s: float) -> Rebuilt | None:
        """Compare while the ledger is whole, and remove what belongs to no job.

        A job record unknown to the ledger and without an end is what a crash left
        between the
        two: it becomes a job. Files younger than `grace_s` are left alone: somebody may
        be about them.

        Raises:
            StoreError: As `rebuild`.
        """
        with self._restoring() as token:
            if token is None:
                return None
            kept = self._kept_before(self.clock() - grace_s)
            rebuilt = self._compare(token, kept, is_tidying=True)
            for key in kept.orphans:
                self.blobs.delete(key)
        # It is not called whole: what was spared may be lacking.
        return rebuilt

    @contextmanager
    def _restoring(self) -> Iterator[str | None]:
        """Yield the token; after the block another one may begin at once."""
        token = self.ledger.restoration.begin_restoring()
        try:
            yield token
        finally:
            if token is not None:
                with suppress(StoreError):
                    self.ledger.restoration.abandon_restoring(token)

    def _kept_before(self, oldest_s: float) -> ArchiveListing:
        """Return jobs of which nothing was written since `oldest_s`."""
        entries = list(self.blobs.entries(JOBS_FOLDER))
        young = {id_of(key) for key, written_s in entries if written_s > oldest_s}
        return ArchiveListing.of(key for key, _ in entries if id_of(key) not in young)

    def _compare(
        self, token: str, kept: ArchiveListing, *, is_tidying: bool
    ) -> Rebuilt:
        """Restore what the ledger does not have, or does not know to have ended."""
        known = self.ledger.restoration.statuses(sorted(kept.archived))
        final = {job_id for job_id, status in known.items() if status.is_final}
        batches = self._restore_batches(token)
        # First what waits for a worker; that may be much less than has ended.
        lacking = kept.unfinished.difference(known)
        queued = self._restore_queued(token, lacking, batches, is_tidying=is_tidying)
        for job_id in kept.changed & (kept.unfinished - final):
            if commands := self.archive.commands(job_id):
                self.ledger.restoration.restore_commands(token, job_id, commands)
        for job_id, asked in kept.asked:
            if job_id in kept.unfinished - final:
                self._ask_again(job_id, asked)
        ended = sum(self._restore_ended(token, each) for each in kept.ended - final)
        return Rebuilt(queued, ended)

    def _restore_batches(self, token: str) -> _Batches:
        """Restore batches that can be read; return all that are kept."""
        found: dict[str, frozenset[str] | None] = {}
        for key in self.blobs.keys(BATCHES_FOLDER):
            batch_id = key.removeprefix(f"{BATCHES_FOLDER}/").removesuffix(".json")
            if not is_batch_id(batch_id):
                continue
            archive = self.archive.batch(batch_id)
            found[batch_id] = None
            if archive is not None:
                found[batch_id] = frozenset(archive.batch.job_ids)
                self.ledger.restoration.restore_batch(
                    token, archive.batch, archive.created_at
                )
        return found

    def _restore_queued(
        self,
        token: str,
        job_ids: Iterable[str],
        batches: _Batches,
        *,
        is_tidying: bool,
    ) -> int:
        """Let jobs wait again, in the order in which they were accepted.

        Not those that no kept batch names though they are of one: a crash came before
        it was kept whole, and the repeated request may have made it of other jobs.
        """
        records = (self.archive.record(job_id) for job_id in job_ids)
        there = sorted(
            (record for record in records if record is not None),
            key=lambda record: (record.created_at, record.job.id),
        )
        checkpoints = set(self.blobs.keys(CHECKPOINTS_FOLDER)) if there else set()
        count = 0
        for record in there:
            if not _is_promised(record, batches):
                if is_tidying:
                    self._remove(record.job.id)
                continue
            if not self.blobs.exists(job_record_key(record.job.id)):
                continue  # It has been deleted since it was read.
            self._restore_key(record)
            found = self._checkpoint(record.job.id, checkpoints)
            count += self.ledger.restoration.restore(
                token, Restored(record.job, record.created_at, checkpoint=found)
            )
        return count

    def _checkpoint(self, job_id: str, there: set[str]) -> Checkpoint | None:
        """Return what a job may go on from; others of its files are garbage now."""
        found = self.archive.checkpoint(job_id, there)
        # Its attempt is forgotten, and numbers of before do not compare with new ones.
        return found and found.model_copy(update={"attempt": 0})

    def _ask_again(self, job_id: str, asked: EarlyEnd) -> None:
        """Ask of an unfinished job what was asked of it; nobody can claim it before.

        It may be in the ledger and not know of it: its last second may be lost.
        """
        if self.archive.early_end(job_id, asked) is not None:
            # It was not restored, or it was asked to cancel, too.
            with suppress(JobNotFoundError, JobFinishedError):
                tell(self.ledger, job_id, asked)

    def _restore_ended(self, token: str, job_id: str) -> bool:
        record, end = self.archive.record(job_id), self.archive.end(job_id)
        if record is None or end is None:
            return False
        age_s = self.clock() - end.completed_at.timestamp()
        if age_s > end.job.ttl_seconds + self.record_ttl_s:
            self._remove(job_id)
            return False
        self._restore_key(record)
        restored = Restored(
            record.job, end.job.created_at, end, retell=age_s < RETOLD_S
        )
        return self.ledger.restoration.restore(token, restored)

    def _restore_key(self, record: JobRecord) -> None:
        """Let an Idempotency-Key stand for its job, or for its batch, once more."""
        job, given = record.job, record.job.idempotency
        left_s = record.created_at.timestamp() + KEY_KEPT_S - self.clock()
        if given is not None and left_s > 0:
            stands_for = job.batch_id or job.id
            self.reservations.restore(
                job.owner, given.key, given.fingerprint, stands_for, left_s
            )

    def _remove(self, job_id: str) -> None:
        """Remove what is past its time: a crash came when it was forgotten."""
        self.blobs.delete(job_record_key(job_id))
        for asked in EarlyEnd:
            self.blobs.delete(early_end_key(job_id, asked))
        self.blobs.delete(commands_key(job_id))
        self.blobs.delete(end_key(job_id))


def _is_promised(record: JobRecord, batches: _Batches) -> bool:
    """Tell whether a job stands alone, or in its batch."""
    if record.job.batch_id is None:
        return True
    named = batches.get(record.job.batch_id, frozenset())
    return named is None or record.job.id in named
