"""A new job from an old one: the same pictures, the same parameters but some.

Knows no HTTP. The pictures are where they were stored; nothing is decoded again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from app.archive.job_records import all_or_nothing, keep_job_records
from app.contract.jobs import Job, NewJob, new_job_id
from app.contract.kind import slip_fields
from app.contract.ports import BlobNotFoundError, BlobStore, StyleNotFoundError
from app.contract.webhooks import Webhook
from app.contract.wire import upload_key
from app.problems import ProblemCode, ProblemError
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.enqueueing import require_room, ring
from app.submissions.fields import (
    METADATA,
    PRIORITY,
    TERMS,
    TTL_SECONDS,
    WEBHOOK,
)
from app.submissions.parameters import parameters_of
from app.submissions.priorities import priority_of
from app.submissions.refusals import refuse
from app.submissions.request_options import RequestOptions
from app.submissions.terms import metadata_of, require_harmony, ttl_of

#: The members of a retry's body.
MEMBERS = ("params", *TERMS)


@dataclass(frozen=True)
class Overrides:
    """What shall be other than it was; null brings back the default.

    Attributes:
        params: by name.
        terms: metadata, webhook, ttl_seconds and priority, those that came.
    """

    params: Mapping[str, JsonValue] = field(default_factory=dict)
    terms: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def webhook(self) -> JsonValue:
        """As sent; None for none, or for the old one."""
        return self.terms.get(WEBHOOK)


def overrides_of(members: Mapping[str, JsonValue]) -> Overrides:
    """Return the overrides that a body's members say.

    Raises:
        ProblemError: `params` is no object.
    """
    params = members.get("params")
    if params is not None and not isinstance(params, dict):
        raise refuse("/params", "params must be an object.")
    terms = {name: members[name] for name in TERMS if name in members}
    return Overrides(params or {}, terms)


def retried(
    old: Job,
    overrides: Overrides,
    *,
    webhook: Webhook | None,
    options: RequestOptions,
    deps: SubmissionDependencies,
) -> NewJob:
    """Return what the new job is made from.

    Args:
        old: the job to take again.
        overrides: what shall be other.
        webhook: what came as one, judged.
        options: of the request.
        deps: says what is offered.

    Raises:
        ProblemError: The parameters do not fit each other or the pictures.
    """
    kind = deps.kinds.of(old.kind)
    params = kind.parse(old.params, old.inputs)
    offer = deps.offer(old.kind)
    wanted = parameters_of(kind.overridden(params, overrides.params), offer)
    inputs = kind.used(wanted, old.inputs)
    require_harmony(offer, wanted, inputs)
    terms = overrides.terms
    return NewJob(
        id=new_job_id(),
        **slip_fields(kind, kind.resolve(wanted, inputs), inputs),
        empty_inputs=old.empty_inputs,
        metadata=metadata_of(terms[METADATA]) if METADATA in terms else old.metadata,
        owner=old.owner,
        ttl_seconds=(
            ttl_of(terms[TTL_SECONDS]) if TTL_SECONDS in terms else old.ttl_seconds
        ),
        priority=priority_of(terms[PRIORITY]) if PRIORITY in terms else old.priority,
        deadline_at=options.deadline(),
        retry_of=old.id,
        webhook=webhook if WEBHOOK in terms else old.webhook,
        origin=options.origin,
        traceparent=options.traceparent,
    )


def enqueue_again(deps: SubmissionDependencies, job: NewJob) -> Job:
    """Record a job whose pictures are stored already, and ring the bell.

    Raises:
        ProblemError: A picture is no longer kept.
        TooManyActiveJobsError: The key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    _require_pictures(deps, job)
    require_room(deps, job.owner)
    with all_or_nothing(deps.ledger, deps.blobs, [job]):
        keep_job_records(deps.blobs, [job])
        deps.ledger.create(job)
    try:
        # The record holds them now; the janitor may have been faster.
        _require_pictures(deps, job)
    except ProblemError:
        deps.ledger.request_cancel(job.id)
        raise
    ring(deps.doorbell, job.id)
    return deps.ledger.get(job.id)


def _require_pictures(deps: SubmissionDependencies, job: NewJob) -> None:
    """Refuse unless all pictures are there; those of the library can be put back."""
    for image in job.inputs.values():
        if _is_there(deps.blobs, image.sha256):
            continue
        if image.style_id is None or not _put_back(deps, image.style_id, image.sha256):
            detail = "The pictures of the job to retry are no longer kept."
            raise ProblemError(ProblemCode.RESULT_EXPIRED, detail, job_id=job.retry_of)


def _is_there(blobs: BlobStore, sha256: str) -> bool:
    return blobs.exists(upload_key(sha256))


def _put_back(deps: SubmissionDependencies, style_id: str, sha256: str) -> bool:
    """Store a painting of the library once more; False if it is another one now."""
    try:
        if deps.style_catalogue.get(style_id).sha256 != sha256:
            return False
        deps.blobs.put(upload_key(sha256), deps.style_catalogue.image(style_id))
    except (StyleNotFoundError, BlobNotFoundError):
        return False
    return True
