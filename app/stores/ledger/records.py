"""How a job stands in a Redis hash, and how it is read back.

Fields that a Lua script compares are plain; the rest is JSON of the slip's models.
"""

from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from app.contract.failures import Failure
from app.contract.jobs import Job, NewJob, Outcome, Progress

M = TypeVar("M", bound=BaseModel)


def read_job(fields: dict[str, str], queue_position: int | None) -> Job:
    """Return the record that `fields` hold.

    Args:
        fields: The hash as the scripts write it; times in seconds since 1970.
        queue_position: 0 for the next job, None for one that no longer waits.
    """
    slip = NewJob.model_validate_json(fields["slip"])
    return Job.model_validate(
        {
            **slip.model_dump(),
            "status": fields["status"],
            "revision": fields["revision"],
            "attempt": fields["attempt"],
            "created_at": _time(fields, "created_at"),
            "started_at": _time(fields, "started_at"),
            "completed_at": _time(fields, "completed_at"),
            "cancel_requested_at": _time(fields, "cancel_requested_at"),
            "cancel_reason": fields.get("cancel_reason"),
            "queue_position": queue_position,
            "worker": fields.get("worker"),
            "progress": _model(fields, "progress", Progress),
            "outcome": _model(fields, "outcome", Outcome),
            "error": _model(fields, "error", Failure),
        }
    )


def _time(fields: dict[str, str], name: str) -> datetime | None:
    text = fields.get(name)
    return None if text is None else datetime.fromtimestamp(float(text), UTC)


def _model(fields: dict[str, str], name: str, model: type[M]) -> M | None:
    text = fields.get(name)
    return None if text is None else model.model_validate_json(text)
