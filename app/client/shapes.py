"""The answers of the API as a client reads them: typed, and open to what is newer.

A newer service may add members, name new choices or widen a bound; none of that stops
an older client. What it does not know it keeps, so that `model_dump` loses nothing.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import httpx
from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from app.client.errors import UnknownAnswerError
from app.client.open_shapes import Answer, AsTold, shape_of
from app.contract.failures import Failure
from app.contract.jobs import CancelReason, JobStatus
from app.contract.kinds import KINDS
from app.contract.priorities import Priority
from app.contract.views.jobs import JobView, ValidationView

Shape = TypeVar("Shape", bound=BaseModel)
Entry = TypeVar("Entry")


class JobFailure(AsTold, Failure):
    """Why a job failed; a newer service's code stays plain text."""

    model_config = ConfigDict(extra="allow")


# Any: likewise.
def _as_told(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return value


#: Every value that made the picture; a newer service's choices stay plain text.
Parameters = shape_of(KINDS.default.name, "params")


# Any: a kind's own shape of what a service wrote.
def _of_kind(value: Any, info: ValidationInfo) -> Any:
    """Return the value in the shape that the kind, which comes before, has for it."""
    if value is None or info.field_name is None or "kind" not in info.data:
        return value
    model = shape_of(info.data["kind"], info.field_name, value)
    return model.model_validate(value)


class Job(JobView):
    """One job, from submission to its end."""

    model_config = ConfigDict(extra="allow")

    #: An older service knows pictures alone.
    kind: str = KINDS.default.name
    cancel_reason: Annotated[CancelReason | None, WrapValidator(_as_told)]
    error: JobFailure | None
    #: An older service has no priorities.
    priority: Annotated[Priority, WrapValidator(_as_told)] = Priority.NORMAL

    _shaped = field_validator("progress", "params", "input", "result")(_of_kind)

    @property
    def is_final(self) -> bool:
        """Whether it has ended, one way or the other."""
        return self.status.is_final


class Validation(ValidationView):
    """What a submission would become; nothing was stored."""

    model_config = ConfigDict(extra="allow")

    kind: str = KINDS.default.name

    _shaped = field_validator("params", "input")(_of_kind)


class Page(Answer, Generic[Entry]):
    """A list or a part of one, and where the next part begins."""

    data: list[Entry]
    next_cursor: str | None = None


class StylePack(Answer):
    """The small network that paints in a style."""

    sha256: str
    bytes: int | None = None
    network: str | None = None
    license: str | None = None
    origin: str | None = None


class Style(Answer):
    """A style of the library: a painting, a network that paints in it, or both."""

    id: str
    title: str | None = None
    artist: str | None = None
    license: str | None = None
    source: str | None = None
    width: int | None = None
    height: int | None = None
    builtin: bool = False
    image_url: str | None = None
    thumbnail_url: str | None = None
    created_at: datetime | None = None
    pack: StylePack | None = None
    paintable: bool = True


class DatasetSplit(Answer):
    """How many pictures a training learns from, and how many it is judged by."""

    train: int
    held_out: int


class Dataset(Answer):
    """Pictures that a training may use."""

    name: str
    pictures: int
    split: DatasetSplit
    licenses: list[str] = []  # noqa: RUF012 - pydantic copies it
    sha256: str | None = None


class Upload(Answer):
    """A file that no job has named yet; what was found in it is kept, too."""

    id: str
    offset: int
    complete: bool
    bytes: int | None = None
    sha256: str | None = None
    media_type: str
    expires_at: datetime


class BatchJob(Answer):
    """One job of a batch; `content` and `style` count from 0 in the order sent."""

    content: int
    style: int
    id: str
    #: None for one that was deleted.
    status: JobStatus | None
    urls: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


class Batch(Answer):
    """Every photograph in the manner of every painting."""

    id: str
    status: str
    counts: dict[str, int] = {}  # noqa: RUF012 - pydantic copies it
    jobs: list[BatchJob]


class Spread(Answer):
    """A time in seconds: half of all jobs take less than p50, nine of ten than p90."""

    p50: float
    p90: float


class Estimate(Answer):
    """What a picture would cost; None where the service has learnt nothing yet."""

    width: int | None = None
    height: int | None = None
    predict_seconds: Spread | None = None
    wait_seconds: Spread | None = None
    memory_bytes: int | None = None
    fits: bool | None = None
    largest_size: int | None = None
    samples: int | None = None
    based_on: str | None = None


class Queue(Answer):
    """How much waits, and how long jobs of late have waited and run."""

    depth: int
    limit: int
    running: int
    workers: int
    median_wait_seconds: float | None = None
    median_run_seconds: float | None = None
    estimated_wait_seconds: Spread | None = None
    steps_per_second: float | None = None


class LossPoint(Answer):
    """The objective's weighted terms at one step; they add up to `total`."""

    step: int
    scale: int
    total: float
    content: float
    style: float
    tv: float


class Losses(Answer):
    """The loss curve, the first step first; losses of two scales do not compare."""

    job_id: str
    data: list[LossPoint]

    # Any: the value is what a service wrote.
    @model_validator(mode="before")
    @classmethod
    def _name_the_values(cls, value: Any) -> Any:
        """Rows of bare numbers get their names from `columns`."""
        if not isinstance(value, dict) or "columns" not in value:
            return value
        names, rows = value["columns"], value.get("data")
        if not isinstance(names, list) or not isinstance(rows, list):
            return value
        points = [
            dict(zip(names, row, strict=False)) if isinstance(row, list) else row
            for row in rows
        ]
        return {**value, "data": points}


class JobFile(Answer):
    """One of the further files of a result."""

    name: str
    media_type: str | None = None
    bytes: int | None = None
    url: str | None = None


class Readiness(Answer):
    """Whether a job sent now would be painted; each check is `ok` or says why not."""

    ready: bool
    checks: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


#: A list whose entries this client passes on as they came.
Listing = Page[dict[str, JsonValue]]


class Document(Answer):
    """An object that this client passes on as it came."""


def read(shape: type[Shape], response: httpx.Response) -> Shape:
    """Return the answer's body as `shape`.

    Raises:
        UnknownAnswerError: It is not of that shape.
    """
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        url = response.request.url
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
        message = (
            f"the answer of {url} cannot be read ({where}: {error.errors()[0]['msg']});"
            " is this an Impasto service, and no older than this client?"
        )
        raise UnknownAnswerError(message, status=response.status_code) from error
