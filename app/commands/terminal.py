"""How every command speaks to a person or a program, and how it ends.

Words go to standard error; standard output has the answer alone, so that it can be
piped: a path, an id, or with `--json` JSON and nothing else.
"""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer
from pydantic import BaseModel
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from app.client import (
    ClientError,
    FileError,
    ImpastoClient,
    Job,
    JobCanceledError,
    JobFailedError,
    SettingError,
    UnreachableError,
)


class _Output(Console):
    """Standard output; that nobody reads any more is told like every other fault."""

    def on_broken_pipe(self) -> None:
        """Leave it to whoever ends the command."""
        raise  # noqa: PLE0704 - rich calls it while it handles the error


console = Console(stderr=True)
#: For tables: their lines are the answer.
output = _Output()
#: Where no window bounds a table: a pipe's reader wants whole ids.
_PIPE_WIDTH = 250


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    #: The service or this command refused, or something is broken.
    REFUSED = 1
    #: The words of the command line make no sense; typer's own.
    USAGE = 2
    UNREACHABLE = 3
    JOB_FAILED = 4
    JOB_CANCELED = 5
    #: What a shell expects of a program that a Ctrl-C ended: 128 + SIGINT.
    INTERRUPTED = 130


EXIT_CODES_HELP = (
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 service not reachable, "
    "4 job failed, 5 job canceled, 130 interrupted."
)


def fail(message: str, code: int = Exit.REFUSED) -> NoReturn:
    """Say what is wrong and leave with an exit code."""
    complain(message)
    raise typer.Exit(code)


def complain(message: str) -> None:
    """Say what is wrong; a link stays in one piece, whatever the window's width."""
    words = f"impasto: {message}"
    console.print(words, style="red", highlight=False, markup=False, soft_wrap=True)


def say(message: str, end: str = "\n") -> None:
    """Tell a person something that is no answer, on standard error."""
    console.print(message, highlight=False, markup=False, soft_wrap=True, end=end)


@contextmanager
def service(url: str, api_key: str | None, *, as_json: bool) -> Iterator[ImpastoClient]:
    """Yield a client; what goes wrong with it ends the command, in words."""
    try:
        with ImpastoClient(url, api_key=api_key) as client:
            yield client
    except ClientError as error:
        refuse(error, as_json=as_json)
    except OSError as error:
        if error.filename is None:  # standard output: nothing can be said there
            raise
        words = f"cannot use {error.filename}: {error.strerror}"
        refuse(FileError(words), as_json=as_json)
    except KeyboardInterrupt:
        interrupted(as_json=as_json)


def refuse(error: ClientError, *, as_json: bool, code: int | None = None) -> NoReturn:
    """End the command with an error's words and exit code."""
    if as_json:
        say_json(error_json(error))
    fail(words_of(error), exit_code_of(error) if code is None else code)


def interrupted(*, as_json: bool) -> NoReturn:
    """End the command that a Ctrl-C, or a signal like it, stopped."""
    error = ClientError("interrupted", code="interrupted")
    refuse(error, as_json=as_json, code=Exit.INTERRUPTED)


def words_of(error: ClientError) -> str:
    """Return what is wrong, and what was noted about it on the way."""
    # PEP 678: notes are no part of an exception's own text.
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


def exit_code_of(error: ClientError) -> Exit:
    """Return what a command ends with that met this error."""
    if isinstance(error, SettingError):
        return Exit.USAGE
    if isinstance(error, UnreachableError):
        return Exit.UNREACHABLE
    if isinstance(error, JobFailedError):
        return Exit.JOB_FAILED
    if isinstance(error, JobCanceledError):
        return Exit.JOB_CANCELED
    return Exit.REFUSED


def error_json(error: ClientError) -> dict[str, object]:
    """Return an error for a program."""
    return {
        "object": "error",
        "code": error.code,
        "status": error.status,
        "message": words_of(error),
        "retryable": error.retryable,
        "errors": [vars(each) for each in error.errors],
        "request_id": error.request_id,
        "job_id": error.job_id,
    }


def say_json(value: object) -> None:
    """Print JSON on standard output."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a file's name may be no text
        text = json.dumps(value)
    typer.echo(text)


def say_bytes(content: bytes) -> None:
    """Write a file's bytes to standard output.

    Raises:
        OSError: It takes no more, or is closed.
    """
    # Python has none at all where a shell has closed it; typeshed does not say so.
    if getattr(sys.stdout, "buffer", None) is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def as_members(model: BaseModel) -> dict[str, object]:
    """Return an answer of the service as it came, for `say_json`."""
    # A newer service's values are not of the declared types, and are printed as told.
    members: dict[str, object] = model.model_dump(
        mode="json", by_alias=True, warnings=False
    )
    return members


def new_table(*names: str) -> Table:
    """Return a table for people, its last column the one that may be cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names[:-1]:
        table.add_column(name, no_wrap=True, overflow="fold")
    table.add_column(names[-1], no_wrap=True, overflow="ellipsis")
    return table


def say_table(table: Table) -> None:
    """Print a table on standard output; only its last column is cut to the window."""
    for column in table.columns[:-1]:
        column.min_width = max(map(cell_len, map(str, column.cells)), default=0)
    if output.is_terminal:
        output.print(table)
    else:
        _Output(width=_PIPE_WIDTH).print(table)


def say_job(job: Job, *, as_json: bool, words: str) -> None:
    """Print a job: all of it for a program, some words and its id for a person."""
    if as_json:
        say_json(as_members(job))
        return
    console.print(words, highlight=False, markup=False, soft_wrap=True)
    typer.echo(job.id)
