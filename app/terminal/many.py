"""Many pictures: all are submitted first, then watched and saved in turn.

Jobs run in the order they were sent; with several workers a later one may be done
when it is looked at, and is saved at once then.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from app.client import ClientError, ImpastoClient, Job
from app.contract.jobs import JobStatus
from app.terminal.bar import ProgressBar
from app.terminal.files import Saving
from app.terminal.one import save_or_say_where


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """A job that was accepted, and where its picture goes."""

    job_id: str
    saving: Saving


@dataclass(frozen=True, kw_only=True)
class Painted:
    """What became of a submitted job.

    Attributes:
        submitted: the order.
        job: in its final state; None if it could not be followed to its end.
        error: why there is no file, if it is not the job's own fault.
    """

    submitted: Submitted
    job: Job | None = None
    error: ClientError | None = None

    @property
    def is_saved(self) -> bool:
        """Whether there is a file."""
        done = self.job is not None and self.job.status is JobStatus.SUCCEEDED
        return done and self.error is None


def paint_all(
    client: ImpastoClient, sent: Sequence[Submitted], console: Console
) -> list[Painted]:
    """Watch and save one picture after the other; a Ctrl-C cancels all that are left.

    One that fails does not keep the others.
    """
    painted: list[Painted] = []
    try:
        with ProgressBar(console) as bar:
            for submitted in sent:
                painted.append(_paint(client, submitted, bar))  # noqa: PERF401 - read on Ctrl-C
    except KeyboardInterrupt:
        for submitted in sent[len(painted) :]:
            with contextlib.suppress(ClientError):
                client.cancel(submitted.job_id)
        raise
    return painted


def _paint(client: ImpastoClient, submitted: Submitted, bar: ProgressBar) -> Painted:
    job = None
    try:
        for job in client.watch(submitted.job_id):
            bar.show(job, submitted.saving.path.name)
        if job is not None and job.status is JobStatus.SUCCEEDED:
            save_or_say_where(client, job, submitted.saving)
    except ClientError as error:
        return Painted(submitted=submitted, job=job, error=error)
    return Painted(submitted=submitted, job=job)
