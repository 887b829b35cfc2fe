"""From a batch to its contact sheet, or why there is none."""

import hashlib
from collections.abc import Sequence
from functools import partial

from app.batches.sheet import Grid, make_sheet
from app.batches.states import BatchState
from app.contract.artifacts import Artifact
from app.contract.jobs import Job, JobStatus
from app.contract.ports import BlobNotFoundError, BlobStore
from app.contract.records.wire import upload_key
from app.problems import ProblemCode, ProblemError
from app.renditions.pictures import PictureFormat


def require_pictures(state: BatchState) -> None:
    """Refuse unless one picture of the batch at least can be shown.

    Raises:
        ProblemError: `result_not_ready`, `result_expired`, `job_failed`,
            `job_canceled`, or `not_acceptable` of results that are no pictures.
    """
    shown = [each for each in map(_shown, state.jobs) if each is not None]
    if any(each.media_type.startswith("image/") for each in shown):
        return
    if shown:
        detail = "The results of the batch are no pictures."
        raise ProblemError(ProblemCode.NOT_ACCEPTABLE, detail)
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


def sheet_etag(state: BatchState, kind: PictureFormat) -> str:
    """Return the validator: the same pictures on the sheet, the same sheet."""
    shown = [each and each.sha256 for each in map(_shown, state.jobs)]
    digest = hashlib.sha256(repr((state.batch.id, shown)).encode()).hexdigest()
    return f'"{digest[:32]}-{kind}"'


def show(state: BatchState, blobs: BlobStore, kind: PictureFormat) -> bytes:
    """Return the contact sheet; what is missing stays grey."""
    columns, count = state.batch.styles, len(state.jobs)
    rows = [state.jobs[start : start + columns] for start in range(0, count, columns)]
    tops = [state.jobs[column::columns] for column in range(columns)]
    grid = Grid(
        contents=[partial(_input, blobs, row, 0) for row in rows],
        styles=[partial(_input, blobs, top, 1) for top in tops],
        results=[partial(_result, blobs, job) for job in state.jobs],
    )
    return make_sheet(grid, kind)


def _shown(job: Job | None) -> Artifact | None:
    """Return a job's picture, if it is kept."""
    if job is None or job.outcome is None or job.expired:
        return None
    return job.outcome.result


def _result(blobs: BlobStore, job: Job | None) -> bytes | None:
    shown = _shown(job)
    return None if shown is None else _read(blobs, shown.blob_key)


def _input(blobs: BlobStore, jobs: Sequence[Job | None], place: int) -> bytes | None:
    """Return what these jobs share: the first or second file that a batch varies."""
    for job in jobs:
        if job is not None:
            files = [*job.inputs.values()][place:]
            return _read(blobs, upload_key(files[0].sha256)) if files else None
    return None


def _read(blobs: BlobStore, key: str) -> bytes | None:
    try:
        return blobs.get(key)
    except BlobNotFoundError:
        return None
