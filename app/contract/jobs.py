"""A job: its states, its files, and the record that joins them; whatever its kind."""

import re
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from app.contract.artifacts import RESULT, Artifact
from app.contract.changes import AppliedChange
from app.contract.failures import Failure
from app.contract.inputs import Input, Inputs
from app.contract.kind import AnyKind, Lane, Needs
from app.contract.messages.webhooks import Webhook
from app.contract.priorities import Priority
from app.contract.updates import Update

#: Files are kept for a day unless a client says otherwise.
DEFAULT_TTL_S = 24 * 3600
MIN_TTL_S, MAX_TTL_S = 3600, 7 * 24 * 3600

_JOB_ID = re.compile(r"job_[0-9a-f]{32}")


def new_job_id() -> str:
    """Return an id that nobody can guess and nobody else will draw."""
    return f"job_{uuid.uuid4().hex}"


def is_job_id(text: str) -> bool:
    """Tell whether `text` has the form of a job's id."""
    return _JOB_ID.fullmatch(text) is not None


class JobStatus(StrEnum):
    """The six states; three of them are final."""

    QUEUED = "queued"
    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether the job will not change its state again."""
        return self in FINAL_STATUSES


FINAL_STATUSES = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED})


class CancelReason(StrEnum):
    """Who ended a canceled job."""

    REQUESTED = "requested"
    DEADLINE = "deadline"
    #: It was paused for too long.
    IDLE = "idle"


class EarlyEnd(StrEnum):
    """What may be asked of an unfinished job: that it stops before its time."""

    #: Without a picture.
    CANCEL = "cancel"
    #: With the picture as it is.
    FINISH = "finish"
    #: Until it is resumed.
    PAUSE = "pause"


class _ContractModel(BaseModel):
    model_config = ConfigDict(frozen=True)


class Reproducibility(_ContractModel):
    """What else must be equal for the same bytes to come out again."""

    algorithm: Annotated[
        str, Field(description="Name and version of how pictures are painted.")
    ]
    weights_sha256: Annotated[str, Field(description="Of the network's weights.")]
    device: Annotated[str, Field(description="What it was computed on.")]
    precision: Annotated[str, Field(description="Of the network.")]
    #: Old records do not say; torch computed them.
    convolutions: Annotated[str, Field(description="Who computed them.")] = "torch"
    threads: Annotated[int, Field(description="Of the CPU.")]
    torch: Annotated[str, Field(description="Its version.")]
    deterministic: Annotated[
        bool, Field(description="Whether the same again gives the same bytes.")
    ]


class Outcome(_ContractModel):
    """What a worker hands in with a finished job.

    Attributes:
        artifacts: by name; `result` is what the job was for.
        stopped_early: whether it ended before its last step, as it was asked to.
    """

    artifacts: dict[str, Artifact]
    stopped_early: bool = False
    reproducibility: Reproducibility
    setup_seconds: float
    predict_seconds: float
    peak_memory_bytes: int | None

    @field_validator("artifacts")
    @classmethod
    def _has_a_result(cls, value: dict[str, Artifact]) -> dict[str, Artifact]:
        if RESULT not in value:
            raise ValueError(f"there is no artifact {RESULT}")
        return value

    @property
    def result(self) -> Artifact:
        """The file that the job was for."""
        return self.artifacts[RESULT]

    @property
    def blob_keys(self) -> list[str]:
        """Where all that was made is stored."""
        return [each.blob_key for each in self.artifacts.values()]


class Preview(_ContractModel):
    """A small JPEG of the pastiche at one step, kept for a while."""

    step: int
    blob_key: str
    width: int
    height: int


class IdempotencyKey(_ContractModel):
    """The key that a client gave its request, and what tells the request's body."""

    key: str
    fingerprint: str


class Checkpoint(_ContractModel):
    """A state of the optimization that a later attempt can go on from.

    Attributes:
        attempt: that stored it.
        step: so many were taken, over all scales.
        blob_key: contains the attempt: a later one writes beside it.
        reproducibility: what the picture depends on so far.
        bytes: of the state; 0 where an older version has not noted it.
        sha256: of the state, likewise empty: an attempt writes over its last one.
    """

    attempt: int
    step: int
    blob_key: str
    reproducibility: Reproducibility
    bytes: int = 0
    sha256: str = ""


class NewJob(_ContractModel):
    """What the API writes in the job's record.

    Attributes:
        kind: what kind of job it is, by name.
        kind_version: of the kind when it was accepted.
        params: every value filled in; the kind reads them.
        inputs: by name, in the order of the kind's slots.
        empty_inputs: names that were sent without a file: null is shown there.
        lane: in which line it waits.
        work: in megapixel-steps, by the kind's reckoning.
        needs: what a worker must have to take it.
        owner: id of the API key that sent it; None where there are no keys.
        priority: how soon it is served; the picture does not depend on it.
        ttl_seconds: pictures are kept so long after the job has ended.
        deadline_at: then the job is canceled, wherever it stands.
        retry_of: the job whose inputs this one takes again.
        branch_of: the job from whose state this one starts.
        start: a copy of that state.
        reused_from: the job whose picture this one shows.
        batch_id: the batch that it is a part of.
        webhook: whom to tell.
        origin: how the client reached the service: a webhook's URLs begin with it.
        traceparent: the client's trace (W3C), carried on to the worker.
        idempotency: what the request was sent with; of a batch's job, the batch's.
    """

    id: str
    kind: str
    kind_version: int
    params: dict[str, JsonValue]
    inputs: dict[str, Input]
    empty_inputs: tuple[str, ...] = ()
    lane: Lane
    work: float
    needs: Needs
    metadata: dict[str, JsonValue] = {}
    owner: str | None = None
    priority: Priority = Priority.NORMAL
    ttl_seconds: int = DEFAULT_TTL_S
    deadline_at: datetime | None = None
    retry_of: str | None = None
    branch_of: str | None = None
    start: Checkpoint | None = None
    reused_from: str | None = None
    batch_id: str | None = None
    webhook: Webhook | None = None
    origin: str | None = None
    traceparent: str | None = None
    idempotency: IdempotencyKey | None = None


# Any: a record's fields are of mixed types.
def slip_fields(kind: AnyKind, params: BaseModel, inputs: Inputs) -> dict[str, Any]:
    """Return what a new job's record says of its kind, and what a queue asks of it."""
    return {
        "kind": kind.name,
        "kind_version": kind.version(params),
        "params": params.model_dump(mode="json"),
        "inputs": dict(inputs),
        "lane": kind.lane(params),
        "work": kind.work(params, inputs),
        "needs": kind.needs(params, inputs),
    }


class Job(NewJob):
    """The whole record, as the ledger keeps it."""

    status: JobStatus
    revision: int
    attempt: int
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    #: The client asked to stop early and keep the picture.
    finish_requested_at: datetime | None = None
    #: Its worker has not handed it back yet.
    pause_requested_at: datetime | None = None
    #: Since when it waits in no queue.
    paused_at: datetime | None = None
    #: 0 is next; None once a worker has claimed the job.
    queue_position: int | None = None
    #: Of the attempts: lost ones that brought the job further than any before.
    forgiven: int = 0
    #: When an attempt was lost or handed back; None if the job did not wait since.
    waits_again_since: datetime | None = None
    worker: str | None = None
    #: Workers that found out too late that they cannot do it.
    unable: tuple[str, ...] = ()
    progress: Update | None = None
    preview: Preview | None = None
    #: The newest; of a job that has ended as long as it is kept for branches.
    checkpoint: Checkpoint | None = None
    #: Kept on its way, the first step first: branches begin there, too.
    older_states: tuple[Checkpoint, ...] = ()
    outcome: Outcome | None = None
    error: Failure | None = None
    #: The step that the present attempt went on from, if not from the start.
    resumed_from_step: int | None = None
    #: Of the newest change that was asked for, and of the newest that holds.
    controls_revision: int = 0
    applied_revision: int = 0
    #: Those that hold, in the order of their steps.
    changes: tuple[AppliedChange, ...] = ()
    #: When its pictures are deleted; known once it has ended.
    expires_at: datetime | None = None
    #: Whether they have been deleted.
    expired: bool = False

    @property
    def waiting_since(self) -> datetime:
        """When it began to wait, if it does."""
        return self.waits_again_since or self.created_at

    @property
    def asked(self) -> list[EarlyEnd]:
        """How it was asked to stop before its time, by whomever."""
        times = {
            EarlyEnd.PAUSE: self.pause_requested_at or self.paused_at,
            EarlyEnd.CANCEL: self.cancel_requested_at,
            EarlyEnd.FINISH: self.finish_requested_at,
        }
        return [asked for asked, at in times.items() if at is not None]
