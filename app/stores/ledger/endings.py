"""How an attempt ends, as `finish.lua` reads it."""

from typing import NamedTuple

from app.contract.failures import Failure
from app.contract.jobs import Checkpoint, JobStatus, Outcome
from app.contract.records.samples import Sample


class Ending(NamedTuple):
    """One record for every end.

    Attributes:
        status: QUEUED hands the job back.
        field: what is written into the job's record, and `value` with it.
        blobs: of what was made.
        is_reusable: whether other jobs may show it.
        sample: what it cost.
        is_unable: whether this worker must not be given the job again.
        is_turn_over: whether others come before it now.
        state: in which the job has ended, if that is kept.
    """

    status: JobStatus
    field: str = ""
    value: str = ""
    blobs: tuple[str, ...] = ()
    is_reusable: bool = False
    sample: str = ""
    is_unable: bool = False
    is_turn_over: bool = False
    state: str = ""


CANCELED = Ending(JobStatus.CANCELED)


def handed_back(*, is_unable: bool, is_turn_over: bool) -> Ending:
    """Return the end of an attempt that does not count."""
    return Ending(JobStatus.QUEUED, is_unable=is_unable, is_turn_over=is_turn_over)


def succeeded(
    outcome: Outcome, sample: Sample | None, state: Checkpoint | None
) -> Ending:
    """Return the end with a result."""
    return Ending(
        JobStatus.SUCCEEDED,
        "outcome",
        outcome.model_dump_json(),
        blobs=tuple(outcome.blob_keys),
        is_reusable=not outcome.stopped_early,
        sample="" if sample is None else sample.model_dump_json(),
        state="" if state is None else state.model_dump_json(),
    )


def failed(failure: Failure) -> Ending:
    """Return the end with an error."""
    return Ending(JobStatus.FAILED, "error", failure.model_dump_json())
