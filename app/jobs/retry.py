"""A new job from an old one: the same pictures, the same parameters but some.

Knows no HTTP. The pictures are where they were stored; nothing is decoded again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from app.archive.orders import all_or_nothing, keep_orders
from app.contract.jobs import Job, NewJob, new_job_id
from app.contract.kind import slip_fields
from app.contract.ports import BlobNotFoundError, BlobStore, StyleNotFoundError
from app.contract.webhooks import Webhook
from app.contract.wire import upload_key
from app.problems import ProblemCode, ProblemError
from app.submissions.fields import (
    METADATA,
    PRIORITY,
    TERMS,
    TTL_SECONDS,
    WEBHOOK,
)
from app.submissions.parameters import parameters_of
from app.submissions.placing import require_room, ring
from app.submissions.priorities import priority_of
from app.submissions.reception import Reception
from app.submissions.refusals import refuse
from app.submissions.terms import metadata_of, require_harmony, ttl_of
from app.submissions.wishes import Wishes

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
    wishes: Wishes,
    reception: Reception,
) -> NewJob:
    """Return the slip of the new job.

    Args:
        old: the job to take again.
        overrides: what shall be other.
        webhook: what came as one, judged.
        wishes: of the request.
        reception: says what is offered.

    Raises:
        ProblemError: The parameters do not fit each other or the pictures.
    """
    kind = reception.kinds.of(old.kind)
    params = kind.parse(old.params, old.inputs)
    offer = reception.offer(old.kind)
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
        deadline_at=wishes.deadline(),
        retry_of=old.id,
        webhook=webhook if WEBHOOK in terms else old.webhook,
        origin=wishes.origin,
        traceparent=wishes.traceparent,
    )


def place_again(reception: Reception, job: NewJob) -> Job:
    """Record a job whose pictures are stored already, and ring the bell.

    Raises:
        ProblemError: A picture is no longer kept.
        TooManyActiveJobsError: The key would have too many unfinished jobs.
        QueueFullError: Too many jobs would wait.
    """
    _require_pictures(reception, job)
    require_room(reception, job.owner)
    with all_or_nothing(reception.ledger, reception.blobs, [job]):
        keep_orders(reception.blobs, [job])
        reception.ledger.create(job)
    try:
        # The record holds them now; the janitor may have been faster.
        _require_pictures(reception, job)
    except ProblemError:
        reception.ledger.request_cancel(job.id)
        raise
    ring(reception.doorbell, job.id)
    return reception.ledger.get(job.id)


def _require_pictures(reception: Reception, job: NewJob) -> None:
    """Refuse unless all pictures are there; those of the library can be put back."""
    for image in job.inputs.values():
        if _is_there(reception.blobs, image.sha256):
            continue
        if image.style_id is None or not _put_back(
            reception, image.style_id, image.sha256
        ):
            detail = "The pictures of the job to retry are no longer kept."
            raise ProblemError(ProblemCode.RESULT_EXPIRED, detail, job_id=job.retry_of)


def _is_there(blobs: BlobStore, sha256: str) -> bool:
    return blobs.exists(upload_key(sha256))


def _put_back(reception: Reception, style_id: str, sha256: str) -> bool:
    """Store a painting of the library once more; False if it is another one now."""
    try:
        if reception.shelf.get(style_id).sha256 != sha256:
            return False
        reception.blobs.put(upload_key(sha256), reception.shelf.image(style_id))
    except (StyleNotFoundError, BlobNotFoundError):
        return False
    return True
