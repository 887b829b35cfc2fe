"""From a batch to its contact sheet, or why there is none."""

import hashlib
from collections.abc import Sequence
from functools import partial

from app.batches.sheet import Grid, Read, SheetFormat, make_sheet
from app.batches.states import BatchState
from app.contract.jobs import Job, JobStatus
from app.contract.ports import BlobNotFoundError, BlobStore
from app.contract.wire import upload_key
from app.problems import ProblemCode, ProblemError


def require_pictures(state: BatchState) -> None:
    """Refuse unless one picture of the batch at least can be shown.

    Raises:
        ProblemError: `result_not_ready`, `result_expired`, `job_failed` or
            `job_canceled`.
    """
    if any(_is_shown(job) for job in state.jobs):
        return
    if not state.is_final:
        raise ProblemError(
            ProblemCode.RESULT_NOT_READY,
            f"The batch is {state.status}; none of its pictures is finished.",
            retry_after_s=state.retry_after_s,
        )
    if state.counts[JobStatus.SUCCEEDED]:
        detail = "The pictures of the batch are no longer kept."
        raise ProblemError(ProblemCode.RESULT_EXPIRED, detail)
    if state.counts[JobStatus.FAILED]:
        detail = "The jobs of the batch failed; each says why."
        raise ProblemError(ProblemCode.JOB_FAILED, detail)
    raise ProblemError(ProblemCode.JOB_CANCELED, "The batch was canceled.")


def sheet_etag(state: BatchState, kind: SheetFormat) -> str:
    """Return the validator: the same pictures on the sheet, the same sheet."""
    shown = [_sha256(job) if _is_shown(job) else None for job in state.jobs]
    digest = hashlib.sha256(repr((state.batch.id, shown)).encode()).hexdigest()
    return f'"{digest[:32]}-{kind}"'


def show(state: BatchState, blobs: BlobStore, kind: SheetFormat) -> bytes:
    """Return the contact sheet; what is missing stays grey."""
    columns = state.batch.styles
    contents = [
        _first(state.jobs[start : start + columns])
        for start in range(0, len(state.jobs), columns)
    ]
    styles = [_first(state.jobs[column::columns]) for column in range(columns)]
    grid = Grid(
        contents=[_content(blobs, job) for job in contents],
        styles=[_style(blobs, job) for job in styles],
        results=[_result(blobs, job) for job in state.jobs],
    )
    return make_sheet(grid, kind)


def _first(jobs: Sequence[Job | None]) -> Job | None:
    """Return a job that was not deleted: they share the picture."""
    return next((job for job in jobs if job is not None), None)


def _is_shown(job: Job | None) -> bool:
    return job is not None and job.outcome is not None and not job.expired


def _sha256(job: Job | None) -> str | None:
    return None if job is None or job.outcome is None else job.outcome.result.sha256


def _result(blobs: BlobStore, job: Job | None) -> Read:
    if job is None or job.outcome is None or job.expired:
        return lambda: None
    return partial(_read, blobs, job.outcome.result.blob_key)


def _content(blobs: BlobStore, job: Job | None) -> Read:
    if job is None:
        return lambda: None
    return partial(_read, blobs, upload_key(job.inputs["content"].sha256))


def _style(blobs: BlobStore, job: Job | None) -> Read:
    if job is None:
        return lambda: None
    return partial(_read, blobs, upload_key(job.inputs["style/0"].sha256))


def _read(blobs: BlobStore, key: str) -> bytes | None:
    try:
        return blobs.get(key)
    except BlobNotFoundError:
        return None
