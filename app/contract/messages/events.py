"""What happens to a job, one thing after the other, as its stream tells it."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue


class EventKind(StrEnum):
    """The words that stand in `event:` of the server-sent events."""

    STATUS = "status"
    PROGRESS = "progress"
    PREVIEW = "preview"
    #: What was changed of a running job holds from its next step on.
    CONTROL = "control"
    #: The job has ended; nothing comes after it.
    DONE = "done"


class Event(NamedTuple):
    """One entry of a job's stream.

    Attributes:
        id: of the stream, `1700000000000-0`: later ones are greater.
        job_id: whose stream it is.
        kind: what happened.
        data: STATUS and DONE have status, revision, attempt; PROGRESS has the progress
            with a revision; PREVIEW has the step and a revision; CONTROL has the job's
            revision, that of its controls as `control`, the step and the changes.
    """

    id: str
    job_id: str
    kind: EventKind
    data: dict[str, JsonValue]


def event_sort_key(event_id: str) -> tuple[int, int]:
    """Return what orders the ids of a stream.

    Raises:
        ValueError: It is not of the form `1700000000000-0`.
    """
    time_ms, dash, number = event_id.partition("-")
    if not (time_ms.isdecimal() and (number.isdecimal() or not dash)):
        raise ValueError(f"no event has the id {event_id!r}")
    return int(time_ms), int(number or 0)
