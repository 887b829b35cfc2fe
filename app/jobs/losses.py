"""The loss curve of a job: as objects, as a table, as a drawing."""

import csv
import io
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.contract.jobs import Job
from app.contract.updates import Row
from app.contract.views.jobs import ShownRow
from app.contract.views.kinds import ShownKind


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


class LossesView(BaseModel):
    """How the losses fell in the job's present attempt, the first step first."""

    object: Literal["losses"] = "losses"
    job_id: Annotated[str, Field(description="Whose curve it is.")]
    attempt: Annotated[int, Field(description="How often a worker took it up.")]
    data: Annotated[list[ShownRow], Field(description="The first step first.")]

    @classmethod
    def of(cls, job: Job, kind: ShownKind, rows: Sequence[Row]) -> "LossesView":
        """Return the view of a job's series."""
        views = [_shown_row(kind, row) for row in rows]
        return cls(job_id=job.id, attempt=job.attempt, data=views)


def _shown_row(kind: ShownKind, row: Row) -> BaseModel:
    metrics = dict(zip(kind.metrics, row.values, strict=False))
    values = {"step": row.step, "scale": row.stage, **metrics}
    return kind.views.row.model_validate(values)


def as_csv(kind: ShownKind, rows: Sequence[Row]) -> str:
    """Return a table with a head row. Source: RFC 4180."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(("step", "scale", *kind.metrics))
    writer.writerows((row.step, row.stage, *row.values) for row in rows)
    return file.getvalue()
