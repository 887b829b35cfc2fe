"""Files that are there already: asked about, or refused, before anything is sent."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.client import FileError
from app.commands.terminal import say


def require_new(
    outputs: Sequence[Path],
    *,
    inputs: Iterable[Path] = (),
    force: bool,
    as_json: bool = False,
) -> None:
    """Refuse to write over what is there, unless somebody says so.

    Args:
        outputs: the files that will be written.
        inputs: pictures that are sent: they are written over for nobody.
        force: whether everything else may be.
        as_json: whether a program listens, which cannot be asked.

    Raises:
        FileError: A file is there, and nobody said that it may go.
    """
    known = {_identity(path): path for path in inputs} if outputs else {}
    known.pop(None, None)
    for path in outputs:
        if (sent := known.get(_identity(path))) is not None:
            raise FileError(
                f"cannot write {path}: it is {sent}, one of the pictures to paint from"
            )
    there = [path for path in outputs if path.is_symlink() or path.is_file()]
    if not there or force:
        return
    more = f" and {len(there) - 1} more" if there[1:] else ""
    if as_json or not is_terminal():
        raise FileError(f"{there[0]}{more}: there already; --force overwrites")
    # Not typer's: it writes a blank to standard output, which has the answer alone.
    say(f"{there[0]}{more}: there already. Overwrite? [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise FileError("nothing was done")


def is_terminal() -> bool:
    """Tell whether somebody sits there who can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what all names and links of one file have in common."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_dev, told.st_ino
