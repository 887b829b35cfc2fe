"""From a parsed batch to its recorded jobs: all of them, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.archive.job_records import ensure_job_records
from app.contract.batches import Batch, new_batch_id
from app.contract.jobs import NewJob, new_job_id
from app.contract.kind import AnyKind, slip_fields
from app.contract.ports import BatchNotFoundError, Ledger
from app.contract.webhooks import Webhook
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.enqueueing import enqueue, find, require_room
from app.submissions.idempotency import KeptKey
from app.submissions.request_options import RequestOptions
from app.submissions.staging import StagedPicture
from app.submissions.terms import Terms


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


class CreatedBatch(NamedTuple):
    """The recorded batch, and whether an earlier request had made it."""

    batch: Batch
    is_replay: bool


def create_or_replay_batch(
    deps: SubmissionDependencies,
    ready: ReadyBatch,
    owner: str | None,
    options: RequestOptions,
) -> CreatedBatch:
    """Return the batch that the key stands for, or record a new one.

    Jobs and batch are recorded in one step; so a batch that is there is whole.

    Raises:
        IdempotencyKeyReusedError: The key came with another request.
        TooManyActiveJobsError: The API key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    batch_id = new_id = new_batch_id()
    if ready.kept_key is not None:
        batch_id = ready.kept_key.id_for(deps.reservations, new_id)
        there = None if batch_id == new_id else _find(deps.ledger, batch_id)
        if there is not None:
            found = (find(deps.ledger.get, each) for each in there.job_ids)
            jobs_there = [job for job in found if job is not None]
            ensure_job_records(deps.blobs, jobs_there, there)
            return CreatedBatch(there, is_replay=True)
    jobs = _jobs(ready, batch_id, owner, options)
    require_room(deps, owner, len(jobs))
    batch = Batch(
        id=batch_id,
        contents=len(ready.contents),
        styles=len(ready.styles),
        job_ids=tuple(job.id for job in jobs),
        owner=owner,
        metadata=ready.terms.metadata,
    )
    pictures = {each.image.sha256: each for each in (*ready.contents, *ready.styles)}
    enqueue(deps, jobs, list(pictures.values()), batch)
    return CreatedBatch(deps.ledger.get_batch(batch_id), is_replay=False)


def _jobs(
    ready: ReadyBatch,
    batch_id: str,
    owner: str | None,
    options: RequestOptions,
) -> list[NewJob]:
    """Return the jobs, row by row; a seed that is drawn is drawn once for all."""
    terms, deadline = ready.terms, options.deadline()
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
            origin=options.origin,
            traceparent=options.traceparent,
            idempotency=None if ready.kept_key is None else ready.kept_key.for_record,
        )
        for content in ready.contents
        for style in ready.styles
    ]


def _find(ledger: Ledger, batch_id: str) -> Batch | None:
    try:
        return ledger.get_batch(batch_id)
    except BatchNotFoundError:
        return None
