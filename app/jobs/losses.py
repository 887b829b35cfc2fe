"""The loss curve of a job: as objects, as a table, as a drawing."""

import csv
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.contract.jobs import Job
from app.contract.progress import LossPoint


class LossesFormat(StrEnum):
    """What the curve is delivered as."""

    JSON = "json"
    CSV = "csv"
    SVG = "svg"

    @property
    def media_type(self) -> str:
        """As `Accept` and `Content-Type` name it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    LossesFormat.JSON: "application/json",
    LossesFormat.CSV: "text/csv",
    LossesFormat.SVG: "image/svg+xml",
}


class LossPointView(BaseModel):
    """The objective's weighted terms at one step; they add up to `total`."""

    step: Annotated[int, Field(ge=0, examples=[210])]
    scale: Annotated[
        int, Field(ge=0, description="Losses of two scales do not compare.")
    ]
    total: Annotated[float, Field(examples=[8123.4])]
    content: Annotated[float, Field(examples=[901.2])]
    style: Annotated[float, Field(examples=[7102.1])]
    tv: Annotated[float, Field(examples=[120.1])]


class LossesView(BaseModel):
    """How the losses fell in the job's present attempt, the first step first."""

    object: Literal["losses"] = "losses"
    job_id: Annotated[str, Field(description="Whose curve it is.")]
    attempt: Annotated[int, Field(description="How often a worker took it up.")]
    data: Annotated[list[LossPointView], Field(description="The first step first.")]

    @classmethod
    def of(cls, job: Job, points: Sequence[LossPoint]) -> "LossesView":
        """Return the view of a curve."""
        views = [LossPointView.model_validate(point._asdict()) for point in points]
        return cls(job_id=job.id, attempt=job.attempt, data=views)


def as_csv(points: Sequence[LossPoint]) -> str:
    """Return a table with a head row. Source: RFC 4180."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(LossPoint._fields)
    writer.writerows(points)
    return file.getvalue()
