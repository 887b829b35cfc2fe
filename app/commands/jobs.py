"""`impasto list, cancel, pause` and so on: jobs that there are already."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app.client import ClientError, Job
from app.commands import connection as c
from app.commands.bundles import command
from app.commands.options import IdempotencyKeyOption, PriorityOption, SetOption
from app.commands.pairs import overrides
from app.commands.terminal import (
    Exit,
    as_members,
    complain,
    console,
    error_json,
    exit_code_of,
    new_table,
    say_job,
    say_json,
    say_table,
    words_of,
)
from app.contract.jobs import JobStatus
from app.terminal import duration

_USUAL_LIMIT = 20


@command
def list_jobs(
    *,
    status: Annotated[
        list[JobStatus] | None,
        typer.Option(help="Only those in this state; repeat for several."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only those of this kind; repeat for several."),
    ] = None,
    paused: Annotated[
        bool, typer.Option("--paused", help="Only those that are paused.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, help="So many at most, the newest first.")
    ] = _USUAL_LIMIT,
    every: Annotated[
        bool, typer.Option("--all", help="All of them, without a limit.")
    ] = False,
    options: c.ServiceOptions,
) -> None:
    """List jobs, the newest first."""
    with options.client() as client:
        found = list(
            client.jobs(
                status=status or (),
                kind=kind or (),
                paused=True if paused else None,
                limit=None if every else limit,
            )
        )
    if options.as_json:
        say_json({"data": [as_members(job) for job in found]})
    elif found:
        say_table(_table(found))
    else:
        console.print("There are no such jobs.")


def _on_jobs(operation: str, done: str, words: str) -> Callable[..., None]:
    """Return the command that does one thing to each of some jobs.

    Args:
        operation: the client's method, and the command's name.
        done: what has become of a job then.
        words: the command's help.
    """

    def verb(*, jobs: c.JobsArgument, options: c.ServiceOptions) -> None:
        with options.client() as client:
            do = getattr(client, operation)
            _for_each(jobs, do, done, as_json=options.as_json)

    verb.__name__, verb.__doc__ = operation, words
    return command(verb)


cancel = _on_jobs(
    "cancel",
    "canceled",
    "Cancel jobs: what waits or runs ends without a picture.",
)
finish = _on_jobs(
    "finish",
    "asked to finish",
    "Stop running jobs early and keep the pictures they have.",
)
pause = _on_jobs(
    "pause",
    "asked to pause",
    "Let jobs wait until they are resumed; running ones keep their state.",
)
resume = _on_jobs("resume", "goes on", "Let paused jobs go on.")
delete = _on_jobs(
    "delete", "deleted", "Delete ended jobs: their pictures and their records."
)


@command
def control(
    *,
    job: c.JobArgument,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE...]",
            help="What shall change: style_strength=0.8; null is the default.",
        ),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="K=FILE",
            help="A PNG, white where painting K goes, the first being 0; repeat for "
            "several.",
        ),
    ] = None,
    options: c.ServiceOptions,
) -> None:
    """Change a job while it waits or is painted."""
    masks = list(map(_mask, mask or []))
    changes = overrides("NAME=VALUE", values)
    if not (changes or masks):
        raise typer.BadParameter("nothing to change: NAME=VALUE or --mask K=FILE")
    with options.client() as client:
        revisions = [client.replace_mask(job, *each).revision for each in masks]
        if changes:
            revisions.append(client.control(job, changes).revision)
    if options.as_json:
        say_json({"id": job, "revision": revisions[-1]})
    else:
        console.print(f"{job} asked to change, revision {revisions[-1]}")


def _mask(pair: str) -> tuple[int, Path]:
    """Return a painting's number and its mask's file."""
    number, equals, path = pair.partition("=")
    if not (equals and path and number.isdecimal() and number.isascii()):
        raise typer.BadParameter(f"--mask takes K=FILE, got {pair!r}")
    if not Path(path).is_file():
        raise typer.BadParameter(f"there is no file {path}")
    return int(number), Path(path)


@command
def retry(
    *,
    job: c.JobArgument,
    override: SetOption = None,
    priority: PriorityOption = None,
    idempotency_key: IdempotencyKeyOption = None,
    options: c.ServiceOptions,
) -> None:
    """Paint a job's pictures once more, as a new job; print its id."""
    params = overrides("--set", override)
    with options.client() as client:
        new = client.retry(
            job, params, priority=priority, idempotency_key=idempotency_key
        )
    say_job(
        new,
        as_json=options.as_json,
        words=f"accepted; see it painted: impasto watch {new.id} --save FILE",
    )


# Any: what an operation answers is only printed.
def _for_each(
    ids: list[str], operation: Callable[[str], Any], done: str, *, as_json: bool
) -> None:
    """Do something to every job; one that is refused does not keep the others.

    Raises:
        Exit: With the code of the last refusal, if there was one.
    """
    told: list[dict[str, object]] = []
    code = Exit.OK
    for job_id in ids:
        try:
            answer = operation(job_id)
        except ClientError as error:
            code = exit_code_of(error)
            told.append(error_json(error) | {"job_id": job_id})
            complain(f"{job_id}: {words_of(error)}")
        else:
            told.append(_answer_json(job_id, answer))
            console.print(f"{job_id} {_state(answer, done)}", highlight=False)
    if as_json:
        say_json({"data": told})
    if code is not Exit.OK:
        raise typer.Exit(code)


def _answer_json(job_id: str, answer: object) -> dict[str, object]:
    if isinstance(answer, Job):
        return as_members(answer)
    return {"id": job_id, "deleted": True}


def _state(answer: object, done: str) -> str:
    """Return what has become of a job; a running one ends in a moment."""
    if isinstance(answer, Job) and done == JobStatus.CANCELED:
        return done if answer.is_final else "will be canceled in a moment"
    return done


def _table(jobs: list[Job]) -> Table:
    table = new_table("JOB", "STATUS", "CREATED", "SIZE", "NEWS")
    for job in jobs:
        created = job.created_at.astimezone().strftime("%d %b %H:%M")
        size = str(getattr(job.params, "size", ""))
        table.add_row(job.id, job.status, created, size, escape(_news(job)))
    return table


def _news(job: Job) -> str:
    """Return what is new in a few words: there is little room."""
    if job.error is not None:
        return job.error.title
    if job.is_final:
        return ""
    if job.progress is None:
        ahead = job.queue.position
        return "" if ahead is None else f"{ahead} ahead"
    left = duration(job.progress.eta_seconds)
    return f"{job.progress.fraction:.0%}, {left} left"
