"""Paths as a command is told them: one kind for all arguments and options.

An unset variable of a shell is an empty path, which Python takes for the current
folder: nobody means that.
"""

from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True)
class Destination:
    """Where something is saved: a file, or a folder that it gets a name in.

    Attributes:
        path: of either.
        is_folder: that a slash at the end said so; it need not be there yet.
    """

    path: Path
    is_folder: bool = False

    def __str__(self) -> str:
        return str(self.path)

    def file(self, name: str) -> Path:
        """Return the file: `name` within a folder, or the path itself."""
        if self.is_folder or self.path.is_dir():
            return self.path / name
        return self.path


def a_path(words: str | Path) -> Path:
    """Return the path that `words` name.

    Raises:
        BadParameter: They are empty, blank, or have a NUL, which no path has.
    """
    text = str(words)
    if not text.strip():
        raise typer.BadParameter("the path is empty")
    if "\0" in text:
        raise typer.BadParameter("the path has a NUL character")
    return Path(words)


def a_destination(words: "str | Destination") -> Destination:
    """Return where `words` say that something is saved.

    Raises:
        BadParameter: As `a_path`.
    """
    if isinstance(words, Destination):
        return words
    path = a_path(words)
    return Destination(path, is_folder=words.endswith(("/", "/.")))
