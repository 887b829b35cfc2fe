"""Looking at a job, and fetching what it was made from and what it has made."""

import math
from collections.abc import Sequence

from app.contract.artifacts import Artifact, further_files
from app.contract.inputs import Input
from app.contract.jobs import (
    Job,
    JobStatus,
    Preview,
    is_job_id,
)
from app.contract.ports import (
    BlobNotFoundError,
    BlobStore,
    JobNotFoundError,
    Ledger,
    StorageUnavailableError,
)
from app.http.access.callers import Caller, require_own
from app.problems import ProblemCode, ProblemError

MIN_RETRY_AFTER_S, MAX_RETRY_AFTER_S = 1, 5


def find_job(ledger: Ledger, job_id: str, caller: Caller) -> Job:
    """Return the job, or raise JobNotFoundError.

    A malformed id is an unknown one, and so is another key's job: nobody learns which
    ids there are.
    """
    if not is_job_id(job_id):
        raise JobNotFoundError(job_id)
    job = ledger.get(job_id)
    require_own(job, caller)
    return job


def retry_after_s(job: Job) -> int | None:
    """Return when to ask again, in whole seconds; None once the job has ended."""
    if job.status.is_final:
        return None
    if job.progress is not None:
        eta_s = job.progress.eta_seconds
    else:
        eta_s = MIN_RETRY_AFTER_S + (job.queue_position or 0)
    return max(MIN_RETRY_AFTER_S, min(MAX_RETRY_AFTER_S, math.ceil(eta_s)))


def require_result(job: Job) -> Artifact:
    """Return the finished file's record, or say why there is none."""
    if job.status is JobStatus.CANCELED:
        detail = "The job was canceled and has no picture."
        raise ProblemError(ProblemCode.JOB_CANCELED, detail, job_id=job.id)
    if job.error is not None:
        raise ProblemError(
            ProblemCode.JOB_FAILED,
            f"The job failed: {job.error.detail}",
            job_id=job.id,
            extra={"error": job.error.model_dump(mode="json")},
        )
    if job.outcome is None:
        raise ProblemError(
            ProblemCode.RESULT_NOT_READY,
            f"The job is {job.status}; its picture is not finished.",
            job_id=job.id,
            retry_after_s=retry_after_s(job),
        )
    require_kept(job)
    return job.outcome.result


def require_kept(job: Job) -> None:
    """Say so if the job's pictures are past their time."""
    if job.expired and job.expires_at is not None:
        expired_at = job.expires_at.isoformat().replace("+00:00", "Z")
        raise ProblemError(
            ProblemCode.RESULT_EXPIRED,
            f"The job's pictures were kept until {expired_at}.",
            job_id=job.id,
            extra={"expired_at": expired_at},
        )


def find_input(job: Job, name: str) -> Input:
    """Return the file that stands under `content`, `style/0` and the like.

    Raises:
        ProblemError: The job has no such file, or has it no more.
    """
    found = job.inputs.get(name)
    if found is None:
        names = ", ".join(job.inputs)
        raise ProblemError(
            ProblemCode.INPUT_NOT_FOUND,
            f"The job's inputs are {names}.",
            job_id=job.id,
        )
    require_kept(job)
    return found


def require_files(job: Job) -> dict[str, Artifact]:
    """Return what the job has made besides its result, or say why there is nothing."""
    require_result(job)
    return {} if job.outcome is None else further_files(job.outcome.artifacts)


def find_file(job: Job, name: str) -> Artifact:
    """Return a further file of the job's result.

    Raises:
        ProblemError: There is no result, not yet or no more, or no such file.
    """
    made = require_files(job)
    if name not in made:
        names = ", ".join(made) or "none"
        raise ProblemError(
            ProblemCode.FILE_NOT_FOUND,
            f"The job's further files are {names}.",
            job_id=job.id,
        )
    return made[name]


def find_preview(ledger: Ledger, job: Job, step: int | None) -> Preview:
    """Return the newest preview, or the one of a step.

    Raises:
        ProblemError: There is none, not yet or no more.
    """
    previews = ledger.previews(job.id)
    wanted = [each for each in previews if step in (None, each.step)]
    if not wanted:
        raise no_preview(job, [each.step for each in previews])
    return wanted[-1]


def no_preview(job: Job, steps: Sequence[int] = ()) -> ProblemError:
    """Return the problem of one who asks for a preview that is not there."""
    kept = f"those of the steps {', '.join(map(str, steps))}" if steps else "none"
    return ProblemError(
        ProblemCode.PREVIEW_NOT_FOUND,
        f"The job is {job.status}; of its previews {kept} are kept.",
        job_id=job.id,
        retry_after_s=retry_after_s(job),
        extra={"steps": list(steps)},
    )


def read_blob(blobs: BlobStore, key: str) -> bytes:
    """Return the bytes under a key that a record names; no bytes: the store's fault."""
    try:
        return blobs.get(key)
    except BlobNotFoundError as error:
        raise StorageUnavailableError(f"lost: {key}") from error
