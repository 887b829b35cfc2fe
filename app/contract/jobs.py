"""A job: its states, its progress, its pictures, and the record that joins them."""

import re
import uuid
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, FiniteFloat, JsonValue

from app.contract.failures import Failure
from app.contract.parameters import ResolvedParameters

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


class _Slip(BaseModel):
    model_config = ConfigDict(frozen=True)


class Losses(_Slip):
    """The objective's terms at one step, weighted, so that they add up to `total`."""

    total: FiniteFloat
    content: FiniteFloat
    style: FiniteFloat
    tv: FiniteFloat


class Progress(_Slip):
    """How far an optimization has come.

    `fraction` (0 to 1) counts work, not steps: a step at a coarse scale costs less.
    """

    fraction: float
    step: int
    total_steps: int
    scale: int
    total_scales: int
    width: int
    height: int
    loss: Losses
    steps_per_second: float
    elapsed_seconds: float
    eta_seconds: float
    updated_at: datetime


class InputImage(_Slip):
    """One accepted picture; `sha256` is of the normalized file under `blob_key`."""

    sha256: str
    width: int
    height: int
    media_type: str


class JobInput(_Slip):
    """The pictures that a job is made from.

    Attributes:
        content: the photograph.
        styles: the paintings.
        masks: the k-th says where on the photograph the k-th painting goes; None, or
            not there at all, for one without a mask.
        style_masks: likewise, which part of the k-th painting counts.
        init: the picture to start from.
    """

    content: InputImage
    styles: tuple[InputImage, ...]
    masks: tuple[InputImage | None, ...] = ()
    style_masks: tuple[InputImage | None, ...] = ()
    init: InputImage | None = None


class ResultImage(_Slip):
    """The finished picture; `blob_key` contains the attempt that made it."""

    blob_key: str
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    stopped_early: bool = False


class Reproducibility(_Slip):
    """What else must be equal for the same bytes to come out again."""

    algorithm: str
    weights_sha256: str
    device: str
    precision: str
    #: Old records do not say; torch computed them.
    convolutions: str = "torch"
    threads: int
    torch: str
    deterministic: bool


class Outcome(_Slip):
    """What a worker hands in with a finished picture."""

    result: ResultImage
    reproducibility: Reproducibility
    setup_seconds: float
    predict_seconds: float
    peak_memory_bytes: int | None


class NewJob(_Slip):
    """What the front of house writes on the slip."""

    id: str
    params: ResolvedParameters
    input: JobInput
    metadata: dict[str, JsonValue] = {}


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
    #: 0 is next; None once a worker has claimed the job.
    queue_position: int | None = None
    worker: str | None = None
    progress: Progress | None = None
    outcome: Outcome | None = None
    error: Failure | None = None
