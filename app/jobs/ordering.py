"""From an order to a recorded job: one job for one Idempotency-Key.

Knows no HTTP; the caller has made sure that no other request with the key is under way.
"""

from collections.abc import Callable
from typing import NamedTuple

from app.archive.orders import make_sure_of_orders
from app.contract.jobs import Job, NewJob
from app.submissions.idempotency import KeptKey
from app.submissions.placing import find
from app.submissions.reception import Reception


class Placement(NamedTuple):
    """The recorded job, and whether an earlier request had made it."""

    job: Job
    is_replay: bool


def settle(
    reception: Reception,
    job: NewJob,
    kept_key: KeptKey | None,
    record: Callable[[NewJob], Job],
) -> Placement:
    """Return the job that the key stands for, or record a new one.

    Raises:
        IdempotencyKeyReusedError: The key came with another request.
    """
    if kept_key is not None:
        job_id = kept_key.id_for(reception.reservations, job.id)
        there = None if job_id == job.id else find(reception.ledger.get, job_id)
        if there is not None:
            make_sure_of_orders(reception.blobs, [there])
            return Placement(there, is_replay=True)
        # The key is new, or its first request died before the job was recorded.
        given = kept_key.on_the_slip
        job = job.model_copy(update={"id": job_id, "idempotency": given})
    return Placement(record(job), is_replay=False)
