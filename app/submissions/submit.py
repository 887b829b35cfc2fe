"""The one way to a queued job: for a job, a batch of them, and an old job once more.

A submission is checked, cheap checks first; then the Idempotency-Key is asked; then
its jobs are recorded, all of them or none. What comes in and how it is answered is the
caller's business.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple

from anyio.to_thread import run_sync
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from app.archive.job_records import ensure_job_records
from app.contract.batches import Batch, new_batch_id
from app.contract.inputs import Input, Inputs
from app.contract.jobs import (
    Checkpoint,
    IdempotencyKey,
    NewJob,
    new_job_id,
    slip_fields,
)
from app.contract.messages.webhooks import Webhook
from app.contract.ports import BatchNotFoundError
from app.contract.priorities import Priority
from app.contract.records.wire import checkpoint_key
from app.http.access.callers import JOBS_HIGH, STYLES_WRITE, Caller, require_scope
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.enqueueing import enqueue, find
from app.submissions.files.packs import brought_along, take_packs
from app.submissions.files.preparing import Prepared, prepare, require_fitting_masks
from app.submissions.files.sources import SentFile
from app.submissions.files.staging import StagedFile, Staging
from app.submissions.idempotency import under_way
from app.submissions.request_options import RequestOptions
from app.submissions.submission import Submission
from app.submissions.terms import require_dataset, require_fitting_inputs

#: Yields what was sent; its temporary files are gone once it is left.
Reading = AbstractAsyncContextManager[Submission]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A submission that passed every check of its own.

    Attributes:
        submission: as it came.
        params: every value filled in; one that is drawn is drawn once for all jobs.
        jobs: of each its inputs by name.
        files: those of them that are not stored yet.
        webhook: whom to tell.
        key: what the request was sent with, if it had an Idempotency-Key.
    """

    submission: Submission
    params: BaseModel
    jobs: tuple[Mapping[str, Input], ...]
    files: tuple[StagedFile, ...]
    webhook: Webhook | None
    key: IdempotencyKey | None


class Created(NamedTuple):
    """The id of the job or of the batch, and whether an earlier request had made it."""

    id: str
    is_replay: bool


async def submit(
    deps: SubmissionDependencies,
    reading: Reading,
    *,
    caller: Caller,
    options: RequestOptions,
    is_gone: Callable[[], Awaitable[bool]],
) -> Created:
    """Return what the key stands for, or record what is asked for.

    Raises:
        ProblemError: With the first rule that is broken; nothing is stored then.
        IdempotencyInProgressError: Another request with the key is under way.
        IdempotencyKeyReusedError: The key came with another request.
        TooManyActiveJobsError: The API key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    await run_sync(deps.ledger.ping)  # cheaper than to decode for nothing
    key, patience_s = options.key, deps.reservation_patience_s
    with Staging() as staging:
        async with under_way(deps.reservations, caller.owner, key, patience_s):
            async with reading as submission:
                checked = await check(deps, submission, caller, key, staging)
            if await is_gone():
                raise ClientDisconnect
            return await run_sync(
                _create_or_replay, deps, checked, caller.owner, options
            )


async def check(
    deps: SubmissionDependencies,
    submission: Submission,
    caller: Caller,
    key: str | None,
    staging: Staging,
) -> Checked:
    """Return a submission with clean copies of its files.

    Raises:
        ProblemError: With the first rule that it breaks.
    """
    terms, kind = submission.terms, submission.kind
    if terms.priority is Priority.HIGH:  # others would wait
        require_scope(caller, JOBS_HIGH)
    if kind.publishes(terms.params):
        require_scope(caller, STYLES_WRITE)
    await run_sync(require_dataset, deps, kind.dataset(terms.params))
    given = None
    if key is not None:
        fingerprint = await run_sync(submission.fingerprint)
        given = IdempotencyKey(key=key, fingerprint=fingerprint)
    prepared = await prepare(
        deps,
        submission.sent,
        webhook=terms.webhook,
        owner=caller.owner,
        side_px=kind.side_px(terms.params),
        staging=staging,
    )
    staged = prepared.files
    for sent in submission.jobs:
        require_fitting_masks(sent, staged)
    jobs = tuple(_inputs(submission, sent, prepared) for sent in submission.jobs)
    for inputs in jobs:
        require_fitting_inputs(kind, terms.params, inputs)
    read = {each.sha256: each for inputs in jobs for each in inputs.values()}
    packs = await run_sync(
        lambda: [*take_packs(deps.style_catalogue, read, prepared.styles, staging)]
    )
    checked = Checked(
        submission=submission,
        params=kind.resolve(terms.params, jobs[0]),
        jobs=jobs,
        files=(*staged.values(), *packs),
        webhook=prepared.webhook or submission.webhook,
        key=given,
    )
    await run_sync(_require_memory, deps, checked)
    return checked


def _inputs(
    submission: Submission, sent: Mapping[str, SentFile | Input], prepared: Prepared
) -> Inputs:
    """Return what one job reads: what was sent, and what its styles bring along."""
    kind = submission.kind
    inputs = {
        name: prepared.files[each.place].input if isinstance(each, SentFile) else each
        for name, each in sent.items()
    }
    further = brought_along(kind, sent, prepared.styles)
    return kind.used(submission.terms.params, {**inputs, **further})


def _require_memory(deps: SubmissionDependencies, checked: Checked) -> None:
    """Ask once for all jobs that need the same."""
    kind, params = checked.submission.kind, checked.params
    unlike = {kind.needs(params, inputs): inputs for inputs in checked.jobs}
    for inputs in unlike.values():
        deps.require_memory(kind, params, inputs)


def _create_or_replay(
    deps: SubmissionDependencies,
    checked: Checked,
    owner: str | None,
    options: RequestOptions,
) -> Created:
    """Return what the key stands for, or record it.

    The key is new, or its first request died before anything was recorded: jobs and
    their batch are recorded in one step.
    """
    submission, given = checked.submission, checked.key
    is_batch = submission.columns is not None
    made_id = new_id = new_batch_id() if is_batch else new_job_id()
    if given is not None:
        key, fingerprint = given.key, given.fingerprint
        made_id = deps.reservations.remember(owner, key, fingerprint, new_id)
        if made_id != new_id and _is_there(deps, made_id, is_batch=is_batch):
            return Created(made_id, is_replay=True)
    batch = None
    ids = [new_job_id() for _ in checked.jobs] if is_batch else [made_id]
    if submission.columns is not None:
        batch = Batch(
            id=made_id,
            contents=len(ids) // submission.columns,
            styles=submission.columns,
            job_ids=tuple(ids),
            owner=owner,
            metadata=submission.terms.metadata,
        )
    jobs = _jobs(checked, ids, None if batch is None else batch.id, owner, options)
    may_reuse = options.may_reuse and submission.may_reuse
    start = submission.start
    enqueue(deps, jobs, checked.files, batch, may_reuse=may_reuse, start=start)
    return Created(made_id, is_replay=False)


def _copy_of(state: Checkpoint | None, job_id: str) -> Checkpoint | None:
    """Return where a job has its own copy of a state: no attempt has number 0."""
    if state is None:
        return None
    copied = {"attempt": 0, "blob_key": checkpoint_key(job_id, 0)}
    return state.model_copy(update=copied)


def _is_there(deps: SubmissionDependencies, made_id: str, *, is_batch: bool) -> bool:
    """Whether an earlier request had recorded this; it is kept durably then."""
    batch, job_ids = None, [made_id]
    if is_batch:
        try:
            batch = deps.ledger.get_batch(made_id)
        except BatchNotFoundError:
            return False
        job_ids = [*batch.job_ids]
    found = (find(deps.ledger.get, job_id) for job_id in job_ids)
    jobs = [job for job in found if job is not None]
    if batch is None and not jobs:
        return False
    ensure_job_records(deps.blobs, jobs, batch)
    return True


def _jobs(
    checked: Checked,
    ids: list[str],
    batch_id: str | None,
    owner: str | None,
    options: RequestOptions,
) -> list[NewJob]:
    submission, deadline = checked.submission, options.deadline()
    terms = submission.terms
    return [
        NewJob(
            id=job_id,
            **slip_fields(submission.kind, checked.params, inputs),
            empty_inputs=submission.empty,
            metadata=terms.metadata,
            owner=owner,
            priority=terms.priority,
            ttl_seconds=terms.ttl_seconds,
            deadline_at=deadline,
            retry_of=submission.retry_of,
            branch_of=submission.branch_of,
            start=_copy_of(submission.start, job_id),
            batch_id=batch_id,
            webhook=checked.webhook,
            origin=options.origin,
            traceparent=options.traceparent,
            idempotency=checked.key,
        )
        for job_id, inputs in zip(ids, checked.jobs, strict=True)
    ]
