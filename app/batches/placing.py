"""From a batch's order to its recorded jobs: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.archive.orders import make_sure_of_orders
from app.contract.batches import Batch, new_batch_id
from app.contract.jobs import NewJob, new_job_id
from app.contract.kind import AnyKind, slip_fields
from app.contract.ports import BatchNotFoundError, Ledger
from app.contract.webhooks import Webhook
from app.submissions.idempotency import KeptKey
from app.submissions.placing import find, place, require_room
from app.submissions.reception import Reception
from app.submissions.staging import StagedPicture
from app.submissions.terms import Terms
from app.submissions.wishes import Wishes


@dataclass(frozen=True, kw_only=True)
class ReadyBatch:
    """A batch that passed every check of its own."""

    kind: AnyKind
    contents: Sequence[StagedPicture]
    styles: Sequence[StagedPicture]
    terms: Terms
    webhook: Webhook | None
    #: None without an Idempotency-Key.
    kept_key: KeptKey | None


class BatchPlacement(NamedTuple):
    """The recorded batch, and whether an earlier request had made it."""

    batch: Batch
    is_replay: bool


def settle_batch(
    reception: Reception, ready: ReadyBatch, owner: str | None, wishes: Wishes
) -> BatchPlacement:
    """Return the batch that the key stands for, or record a new one.

    Jobs and batch are recorded in one step; so a batch that is there is whole.

    Raises:
        IdempotencyKeyReusedError: The key came with another request.
        TooManyActiveJobsError: The API key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    batch_id = new_id = new_batch_id()
    if ready.kept_key is not None:
        batch_id = ready.kept_key.id_for(reception.reservations, new_id)
        there = None if batch_id == new_id else _find(reception.ledger, batch_id)
        if there is not None:
            found = (find(reception.ledger.get, each) for each in there.job_ids)
            jobs_there = [job for job in found if job is not None]
            make_sure_of_orders(reception.blobs, jobs_there, there)
            return BatchPlacement(there, is_replay=True)
    jobs = _jobs(ready, batch_id, owner, wishes)
    require_room(reception, owner, len(jobs))
    batch = Batch(
        id=batch_id,
        contents=len(ready.contents),
        styles=len(ready.styles),
        job_ids=tuple(job.id for job in jobs),
        owner=owner,
        metadata=ready.terms.metadata,
    )
    pictures = {each.image.sha256: each for each in (*ready.contents, *ready.styles)}
    place(reception, jobs, list(pictures.values()), batch)
    return BatchPlacement(reception.ledger.get_batch(batch_id), is_replay=False)


def _jobs(
    ready: ReadyBatch,
    batch_id: str,
    owner: str | None,
    wishes: Wishes,
) -> list[NewJob]:
    """Return the slips, row by row; a seed that is drawn is drawn once for all."""
    terms, deadline = ready.terms, wishes.deadline()
    kind = ready.kind
    params = kind.resolve(terms.params, ("content", "style/0"))
    return [
        NewJob(
            id=new_job_id(),
            **slip_fields(
                kind, params, {"content": content.image, "style/0": style.image}
            ),
            metadata=terms.metadata,
            owner=owner,
            ttl_seconds=terms.ttl_seconds,
            priority=terms.priority,
            deadline_at=deadline,
            batch_id=batch_id,
            webhook=ready.webhook,
            origin=wishes.origin,
            traceparent=wishes.traceparent,
            idempotency=None if ready.kept_key is None else ready.kept_key.on_the_slip,
        )
        for content in ready.contents
        for style in ready.styles
    ]


def _find(ledger: Ledger, batch_id: str) -> Batch | None:
    try:
        return ledger.get_batch(batch_id)
    except BatchNotFoundError:
        return None
