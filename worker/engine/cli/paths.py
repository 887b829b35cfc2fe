"""Paths as the commands are told them, and what is there already at those to write."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path


def a_path(text: str) -> Path:
    """Return the path; an empty one, which Python takes for this folder, is refused.

    Raises:
        ArgumentTypeError: It is empty, blank, or has a NUL.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("the path is empty")
    if "\0" in text:
        raise argparse.ArgumentTypeError("the path has a NUL character")
    return Path(text)


def add_force_flag(parser: argparse.ArgumentParser) -> None:
    """Add what lets a command write over files."""
    parser.add_argument(
        "-f",
        "--force",
        action="store_true",
        help="overwrite files that are there; without it a terminal is asked",
    )


def require_ending(output: Path, *allowed: str) -> None:
    """Refuse a file to write with another ending.

    Raises:
        ValueError: It has one.
    """
    if output.suffix.lower() not in allowed:
        raise ValueError(
            f"output is {str(output)!r}, must end in: {', '.join(allowed)}"
        )


def require_new(
    outputs: Sequence[Path], inputs: Iterable[Path | None], *, force: bool
) -> None:
    """Refuse to write over what is there, unless somebody says so.

    Args:
        outputs: the files that will be written.
        inputs: files that are read: they are written over for nobody.
        force: whether everything else may be.

    Raises:
        ValueError: a file is there, and nobody said that it may go.
    """
    read = [path for path in inputs if path is not None]
    for path in outputs:
        if any(_is_same(path, each) for each in read):
            raise ValueError(f"{str(path)!r} is one of the inputs, not overwritten")
    there = [path for path in outputs if path.is_symlink() or path.is_file()]
    if not there or force:
        return
    words = f"{str(there[0])!r} is there already"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ValueError(f"{words}; --force overwrites it")
    sys.stderr.write(f"{words}. Overwrite? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise ValueError("nothing was done")


def _is_same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.absolute() == other.absolute()
