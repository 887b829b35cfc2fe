"""One picture: submit, show progress, save."""

import contextlib
from collections.abc import Callable

from rich.console import Console

from app.client import (
    ClientError,
    ImpastoClient,
    Job,
    JobCanceledError,
    JobFailedError,
)
from app.contract.jobs import CancelReason, JobStatus
from app.terminal.bar import ProgressBar
from app.terminal.files import Saving, require_writable, save_result


def paint(
    client: ImpastoClient,
    submit: Callable[[], Job],
    saving: Saving,
    console: Console,
) -> Job:
    """Submit, show progress, save; a Ctrl-C cancels the job before it goes on.

    Returns:
        The job in its final state; it has a picture only if it succeeded.

    Raises:
        ClientError: The service refused, or a file did.
    """
    require_writable(saving.path)
    job = submit()
    console.print(f"{job.id} accepted", highlight=False)
    try:
        with ProgressBar(console) as bar:
            for job in client.watch(job.id):  # noqa: B020 - its news take its place
                bar.show(job)
    except KeyboardInterrupt:
        with contextlib.suppress(ClientError):
            client.cancel(job.id)
        raise
    except ClientError as error:
        # The job is kept: a service that comes back goes on with it.
        error.add_note(f"The job is {job.urls.self_}")
        raise
    if job.status is JobStatus.SUCCEEDED:
        save_or_say_where(client, job, saving)
    return job


def save_or_say_where(client: ImpastoClient, job: Job, saving: Saving) -> None:
    """Save a finished picture; an error says where it still can be fetched."""
    try:
        save_result(client, job.id, saving)
    except ClientError as error:
        where = job.urls.result if job.result is None else job.result.url
        error.add_note(f"The picture is at {where}")
        raise


def why_no_picture(job: Job) -> ClientError:
    """Return, in words, why an ended job has no picture."""
    if job.error is not None:
        words = f"{job.id} failed: {job.error.title}. {job.error.detail}"
        retryable = job.error.retryable
        return JobFailedError(
            words, code=str(job.error.code), retryable=retryable, job_id=job.id
        )
    why = ""
    if job.cancel_reason == CancelReason.DEADLINE:
        why = " because its time was over"
    return JobCanceledError(
        f"{job.id} was canceled{why}", code="job_canceled", job_id=job.id
    )
