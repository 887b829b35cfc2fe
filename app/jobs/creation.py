"""From a parsed submission to a recorded job: one job for one Idempotency-Key.

Knows no HTTP; the caller has made sure that no other request with the key is under way.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.archive.job_records import ensure_job_records
from app.contract.jobs import Job, NewJob
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.enqueueing import find
from app.submissions.idempotency import KeptKey


class Created(NamedTuple):
    """The recorded job, and whether an earlier request had made it."""

    job: Job
    is_replay: bool


def create_or_replay(
    deps: SubmissionDependencies,
    job: NewJob,
    kept_key: KeptKey | None,
    record: Callable[[NewJob], Job],
) -> Created:
    """Return the job that the key stands for, or record a new one.

    Raises:
        IdempotencyKeyReusedError: The key came with another request.
    """
    if kept_key is not None:
        job_id = kept_key.id_for(deps.reservations, job.id)
        there = None if job_id == job.id else find(deps.ledger.get, job_id)
        if there is not None:
            ensure_job_records(deps.blobs, [there])
            return Created(there, is_replay=True)
        # The key is new, or its first request died before the job was recorded.
        given = kept_key.for_record
        job = job.model_copy(update={"id": job_id, "idempotency": given})
    return Created(record(job), is_replay=False)
