"""What was done to which file, written down at once: a stopped preparation goes on.

One JSON object a line, in the set's folder. A line that was cut off by a crash is
ignored, and so is one about a file that has changed since.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from app.preparation.likeness import Likeness
from app.preparation.options import PrepareOptions
from app.preparation.picture import Rejected, Stored
from app.preparation.sources import Item

_FILE = ".progress.jsonl"
#: Raised when equal sources give other pictures.
_VERSION = 1


class OtherOptionsError(ValueError):
    """The set was begun with other options."""


class Journal:
    """The lines, those of old runs too.

    Args:
        folder: the set's.
        options: what it is made with.

    Raises:
        OtherOptionsError: it was begun with others.
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path, options: PrepareOptions) -> None:
        self._path = folder / _FILE
        self._head: dict[str, object] = {
            "version": _VERSION,
            "size": options.size,
            "min_side": options.min_side,
        }
        self._known: dict[tuple[str, str], Stored | Rejected] = {}
        self._file: BinaryIO | None = None
        lines = self._lines()
        if lines and lines[0] != self._head:
            raise OtherOptionsError(
                f"{folder} was begun with {lines[0]}, not {self._head}: take the same "
                "options, or another folder"
            )
        for line in lines[1:]:
            self._remember(line)

    def known(self, item: Item) -> Stored | Rejected | None:
        """Return what became of a picture, if it is still the same."""
        return self._known.get((item.name, item.stamp))

    def note(self, item: Item, outcome: Stored | Rejected) -> None:
        """Write down what became of a picture."""
        self._known[item.name, item.stamp] = outcome
        self._write({"name": item.name, "stamp": item.stamp, **asdict(outcome)})

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lines(self) -> list[dict[str, object]]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        lines = []
        for line in content.splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue  # cut off by a crash
        return [line for line in lines if isinstance(line, dict)]

    def _remember(self, line: dict[str, object]) -> None:
        key = str(line.pop("name", "")), str(line.pop("stamp", ""))
        try:
            self._known[key] = _outcome(line)
        except (TypeError, KeyError):
            self._known.pop(key, None)

    def _write(self, line: dict[str, object]) -> None:
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
            if self._file.tell() == 0:
                self._put(self._head)
            else:
                # Ends a line that a crash has cut off.
                self._file.write(b"\n")
        self._put(line)

    def _put(self, line: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line).encode() + b"\n")


# Any: what JSON says; the constructors refuse other members.
def _outcome(line: dict[str, object]) -> Stored | Rejected:
    members: dict = dict(line)  # type: ignore[type-arg]
    if "reason" in members:
        return Rejected(**members)
    members["likeness"] = Likeness(**members["likeness"])
    return Stored(**members)
