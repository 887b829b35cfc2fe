"""How every command speaks to a person, and how it ends."""

from typing import NoReturn

import typer
from rich.console import Console

#: What a shell expects of a program that a Ctrl-C ended: 128 + SIGINT.
INTERRUPTED = 130

console = Console(stderr=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong and leave with an exit code."""
    console.print(f"impasto: {message}", style="red", highlight=False, markup=False)
    raise typer.Exit(code)
