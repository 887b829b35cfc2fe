"""The command itself, as a shell starts it: what no command says, this one does.

A path that the system refuses, or a standard output that takes no more, ends every
command in one line.
"""

import contextlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from app.commands.terminal import Exit, complain
from app.environment import tidy_environment


class Commands(TyperGroup):
    """All commands, in a tidy environment."""

    # Any: typer's own.
    def main(self, *args: Any, **options: Any) -> Any:
        """Run what the command line says, and leave with its exit code."""
        tidy_environment()
        _accept_every_name()
        try:
            return super().main(*args, **options)
        except OSError as error:  # a help text that cannot be written, say
            _tell(error)
            sys.exit(Exit.REFUSED)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it meets of the system's refusals ends it."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            _tell(error)
            raise typer.Exit(Exit.REFUSED) from error


def words_of_system(error: OSError) -> str:
    """Return what the system refuses, and why."""
    why = error.strerror or str(error)
    if error.filename is None:
        return f"cannot write to standard output: {why}"
    return f"cannot use {os.fsdecode(error.filename)}: {why}"


def _tell(error: OSError) -> None:
    if error.filename is None:
        _let_go_of_output()
    with contextlib.suppress(OSError):  # standard error may be the same full disk
        complain(words_of_system(error))


def _let_go_of_output() -> None:
    """Have nothing left to write: Python would try once more at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _accept_every_name() -> None:
    """Let standard output show names of files that are no text in its encoding."""
    with contextlib.suppress(AttributeError, ValueError):
        is_utf8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
        sys.stdout.reconfigure(  # type: ignore[union-attr]  # a test's may lack it
            errors="surrogateescape" if is_utf8 else "backslashreplace"
        )
