"""How an attempt ends, as `finish.lua` reads it."""

from typing import NamedTuple

from app.contract.failures import Failure
from app.contract.jobs import JobStatus, Outcome
from app.contract.samples import Sample


class Ending(NamedTuple):
    """One record for every end.

    Attributes:
        status: QUEUED hands the job back.
        field: what is written into the job's record, and `value` with it.
        blob: the picture's, if one was made.
        is_reusable: whether other jobs may show it.
        sample: what it cost.
    """

    status: JobStatus
    field: str = ""
    value: str = ""
    blob: str = ""
    is_reusable: bool = False
    sample: str = ""


CANCELED = Ending(JobStatus.CANCELED)
HANDED_BACK = Ending(JobStatus.QUEUED)


def succeeded(outcome: Outcome, sample: Sample | None) -> Ending:
    """Return the end with a picture."""
    return Ending(
        JobStatus.SUCCEEDED,
        "outcome",
        outcome.model_dump_json(),
        blob=outcome.result.blob_key,
        is_reusable=not outcome.stopped_early,
        sample="" if sample is None else sample.model_dump_json(),
    )


def failed(failure: Failure) -> Ending:
    """Return the end with an error."""
    return Ending(JobStatus.FAILED, "error", failure.model_dump_json())
