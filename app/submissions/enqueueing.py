"""Enqueueing jobs: files are stored, the jobs recorded, the bell rung.

Everything has passed its checks before. Each function is one of ports and values, so
that its caller can choose the thread it runs in.
"""

import logging
from collections.abc import Callable, Collection, Sequence

from app.archive.ends import keep_end
from app.archive.job_records import all_or_nothing, keep_job_records
from app.contract.batches import Batch
from app.contract.inputs import Input
from app.contract.jobs import Checkpoint, Job, NewJob
from app.contract.ports import (
    BlobNotFoundError,
    BlobStore,
    Doorbell,
    JobNotFoundError,
    Ledger,
    LedgerUnavailableError,
    QueueFullError,
    StyleNotFoundError,
    TooManyActiveJobsError,
)
from app.contract.records.wire import job_record_key, upload_key
from app.problems import ProblemCode, ProblemError
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.files.staging import StagedFile
from app.submissions.state_copies import copy_state

_log = logging.getLogger(__name__)


def enqueue(
    deps: SubmissionDependencies,
    jobs: Sequence[NewJob],
    files: Collection[StagedFile],
    batch: Batch | None = None,
    *,
    may_reuse: bool = False,
    start: Checkpoint | None = None,
) -> None:
    """Store the files, keep the jobs, tell the ledger, ring: in this order.

    A crash after the first step leaves files that nobody names; after the second,
    records that are found later; after the third, jobs whose bells the janitor rings.

    Args:
        deps: ports and limits.
        jobs: to record; of another number than one only with a batch.
        files: those of their inputs that are not stored yet.
        batch: that they are.
        may_reuse: whether the result of an equal job will do.
        start: the state of another job that this one begins with a copy of.

    Raises:
        ProblemError: An input or the state is no longer kept.
        StateMovedError: The other job has another state by now.
        TooManyActiveJobsError: The key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    _require_stored(deps, jobs, files)
    if may_reuse and _is_reused(deps, jobs[0], files):
        return
    require_room(deps, jobs[0].owner, len(jobs))
    ledger, blobs = deps.ledger, deps.blobs
    copies = _copies(files)
    by_key = {upload_key(file.input.sha256): file for file in copies}
    states = [job.start.blob_key for job in jobs if job.start is not None]
    with all_or_nothing(ledger, blobs, jobs, batch, [*by_key, *states]):
        for key, file in by_key.items():
            blobs.put(key, file.read())
        for job in jobs:
            if start is not None and job.start is not None:
                copy_state(blobs, start, job.start)
        keep_job_records(blobs, jobs, batch)
        _keep_uploads(deps, files)
        # False means that a retried command had already recorded these very jobs.
        ledger.create(*jobs, batch=batch)
    _make_sure_of(deps, jobs, files)
    for job in jobs:
        ring(deps.doorbell, job)


def require_room(
    deps: SubmissionDependencies, owner: str | None, jobs: int = 1
) -> None:
    """Refuse before anything is stored what `Ledger.create` would refuse after it.

    Raises:
        TooManyActiveJobsError: The key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    if owner is not None:
        active = deps.ledger.active_jobs(owner)
        if active + jobs > deps.active_limit:
            raise TooManyActiveJobsError(active, deps.active_limit)
    depth = deps.ledger.queue_depth()
    if depth + jobs > deps.queue_limit:
        raise QueueFullError(depth, deps.queue_limit)


def _is_reused(
    deps: SubmissionDependencies, job: NewJob, files: Collection[StagedFile]
) -> bool:
    """Record the job with the result of an equal one; False if there is none."""
    ledger, blobs = deps.ledger, deps.blobs
    source = find_reusable(ledger, job)
    if source is None:
        return False
    job = job.model_copy(update={"reused_from": source.id})
    with all_or_nothing(ledger, blobs, [job]):
        keep_job_records(blobs, [job])
        _keep_uploads(deps, files)
        is_recorded = ledger.record_reused(job, source)
    if is_recorded:
        keep_end(ledger, blobs, job.id)
        _put_missing(blobs, files)
    else:  # that one is gone
        blobs.delete(job_record_key(job.id))
    return is_recorded


def _make_sure_of(
    deps: SubmissionDependencies,
    jobs: Sequence[NewJob],
    files: Collection[StagedFile],
) -> None:
    """Look after files that were swept away before the jobs were recorded.

    An older job may have had the same one, and have let go of it just now. The records
    hold them from now on.

    Raises:
        ProblemError: One cannot be stored again; the jobs are canceled.
    """
    _put_missing(deps.blobs, files)
    try:
        _require_stored(deps, jobs, files)
    except ProblemError:
        for job in jobs:
            deps.ledger.requests.cancel(job.id)
        raise


def _copies(files: Collection[StagedFile]) -> list[StagedFile]:
    """Return those that are not stored as they came."""
    return [file for file in files if file.file is not None]


def _keep_uploads(deps: SubmissionDependencies, files: Collection[StagedFile]) -> None:
    """Let no upload run out before the jobs that name it hold its bytes."""
    for file in files:
        if file.upload is not None:
            deps.uploaded.keep(file.upload)


def _put_missing(blobs: BlobStore, files: Collection[StagedFile]) -> None:
    for file in _copies(files):
        key = upload_key(file.input.sha256)
        if not blobs.exists(key):
            blobs.put(key, file.read())


def _require_stored(
    deps: SubmissionDependencies,
    jobs: Sequence[NewJob],
    files: Collection[StagedFile],
) -> None:
    """Refuse unless all other inputs are there; library paintings can be put back."""
    staged = {file.input.sha256 for file in _copies(files)}
    for job in jobs:
        for each in job.inputs.values():
            if each.sha256 not in staged and not _is_stored(deps, each):
                old_id = job.retry_of or job.branch_of
                if old_id is None:
                    detail = "An upload of the job was deleted just now."
                    raise ProblemError(ProblemCode.UPLOAD_NOT_FOUND, detail)
                detail = "The files of the old job are no longer kept."
                code = ProblemCode.RESULT_EXPIRED
                raise ProblemError(code, detail, job_id=old_id)


def _is_stored(deps: SubmissionDependencies, kept: Input) -> bool:
    """Whether an input is there, or a painting of the library that it still is."""
    key = upload_key(kept.sha256)
    if deps.blobs.exists(key):
        return True
    if kept.style_id is None:
        return False
    catalogue = deps.style_catalogue
    try:
        style = catalogue.get(kept.style_id)
        if kept.sha256 == style.sha256:
            deps.blobs.put(key, catalogue.image(kept.style_id))
        elif style.pack is not None and kept.sha256 == style.pack.sha256:
            deps.blobs.put(key, catalogue.pack(kept.style_id))
        else:
            return False
    except (StyleNotFoundError, BlobNotFoundError):
        return False
    return True


def ring(doorbell: Doorbell, job: NewJob) -> None:
    """Wake a worker; a bell that nobody hears is rung again by the janitor."""
    try:
        doorbell.ring(job.id, job.lane)
    except LedgerUnavailableError as error:
        _log.warning("bell not heard job_id=%s: %s", job.id, error)


def find_reusable(ledger: Ledger, job: NewJob) -> Job | None:
    """Return a job of the same owner that has the very picture `job` would make."""
    job_id = ledger.find_reusable(job)
    source = None if job_id is None else find(ledger.get, job_id)
    if source is None or source.owner != job.owner:
        return None
    if source.expired or source.outcome is None or source.outcome.stopped_early:
        return None
    return source


def find(get: Callable[[str], Job], job_id: str) -> Job | None:
    """Return a job, or None if there is none of this id."""
    try:
        return get(job_id)
    except JobNotFoundError:
        return None
