"""Enqueueing a job: pictures are stored, the job recorded, the bell rung.

Everything has passed its checks before. Each function is one of ports and values, so
that the handler can choose the thread it runs in.
"""

import logging
from collections.abc import Callable, Iterable, Mapping

from app.archive.ends import keep_end
from app.archive.job_records import all_or_nothing, keep_job_records
from app.contract.batches import Batch
from app.contract.inputs import Input, input_name, slot_and_number
from app.contract.jobs import Job, NewJob
from app.contract.ports import (
    BlobStore,
    Doorbell,
    JobNotFoundError,
    Ledger,
    LedgerUnavailableError,
    QueueFullError,
    TooManyActiveJobsError,
)
from app.contract.slots import Slot
from app.contract.wire import job_record_key, upload_key
from app.intake import require_same_aspect
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.preparing import pointing_at
from app.submissions.staging import StagedPicture

_log = logging.getLogger(__name__)


def require_fitting_masks(
    slots: Iterable[Slot], pictures: Mapping[str, StagedPicture]
) -> None:
    """Refuse a mask that has not the shape of the picture it lies over.

    Raises:
        ProblemError: `mask_bad_aspect`.
    """
    masks = {slot.name: slot.over for slot in slots if slot.is_mask}
    for name, mask in pictures.items():
        slot, number = slot_and_number(name)
        under = masks.get(slot)
        if under is None:
            continue
        picture = pictures.get(input_name(under, number)) or pictures[under]
        with pointing_at(mask.place):
            require_same_aspect(
                mask, picture, field=mask.place.words, over=picture.place.words
            )


def inputs_of(pictures: Mapping[str, StagedPicture]) -> dict[str, Input]:
    """Return how the pictures stand in a job's record."""
    return {name: picture.image for name, picture in pictures.items()}


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


def enqueue_job(
    deps: SubmissionDependencies,
    pictures: Iterable[StagedPicture],
    job: NewJob,
    *,
    may_reuse: bool,
) -> Job:
    """Return the recorded job: a finished one if an equal one has the picture already.

    Raises:
        TooManyActiveJobsError: The key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    pictures = list(pictures)
    if may_reuse and (source := find_reusable(deps.ledger, job)) is not None:
        reused = job.model_copy(update={"reused_from": source.id})
        if _record_reused(deps, reused, source):
            make_sure_of(deps.blobs, pictures)
            return deps.ledger.get(job.id)
    require_room(deps, job.owner)
    enqueue(deps, [job], pictures)
    return deps.ledger.get(job.id)


def enqueue(
    deps: SubmissionDependencies,
    jobs: list[NewJob],
    pictures: list[StagedPicture],
    batch: Batch | None = None,
) -> None:
    """Store the pictures, keep the jobs, tell the ledger, ring: in this order.

    A crash after the first step leaves pictures that nobody names; after the second,
    orders that are found later; after the third, jobs whose bells the janitor rings.
    """
    ledger, blobs = deps.ledger, deps.blobs
    keys = [upload_key(picture.image.sha256) for picture in pictures]
    with all_or_nothing(ledger, blobs, jobs, batch, keys):
        for key, picture in zip(keys, pictures, strict=True):
            blobs.put(key, picture.read())
        keep_job_records(blobs, jobs, batch)
        # False means that a retried command had already recorded these very jobs.
        ledger.create(*jobs, batch=batch)
    make_sure_of(deps.blobs, pictures)
    for job in jobs:
        ring(deps.doorbell, job.id)


def _record_reused(deps: SubmissionDependencies, job: NewJob, source: Job) -> bool:
    """Record a job that shows the picture of `source`; False if that one is gone."""
    ledger, blobs = deps.ledger, deps.blobs
    with all_or_nothing(ledger, blobs, [job]):
        keep_job_records(blobs, [job])
        is_recorded = ledger.record_reused(job, source)
    if is_recorded:
        keep_end(ledger, blobs, job.id)
    else:
        blobs.delete(job_record_key(job.id))
    return is_recorded


def make_sure_of(blobs: BlobStore, pictures: Iterable[StagedPicture]) -> None:
    """Store a picture again that was swept away before the job was recorded.

    An older job may have had the same picture, and have let go of it just now.
    """
    for picture in pictures:
        key = upload_key(picture.image.sha256)
        if not blobs.exists(key):
            blobs.put(key, picture.read())


def ring(doorbell: Doorbell, job_id: str) -> None:
    """Wake a worker; a bell that nobody hears is rung again by the janitor."""
    try:
        doorbell.ring(job_id)
    except LedgerUnavailableError as error:
        _log.warning("bell not heard job_id=%s: %s", job_id, error)


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
