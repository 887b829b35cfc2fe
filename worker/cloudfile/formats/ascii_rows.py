"""The points of an ascii PLY: numbers are read in chunks of lines, and put back."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NoReturn

import numpy as np

from app.contract.kinds.pointcloud.ply import (
    Element,
    PlyHeader,
    UnreadableCloudError,
    skipped,
)
from worker.cloudfile.cloud import Doubles

#: Lines that are read at once: their numbers take some megabytes.
_CHUNK = 2**16
_SPACE = re.compile(rb"([ \t\r]+)")
_LONGEST_ECHO = 40


class AsciiRows:
    """The rows of the element vertex, a line each.

    Args:
        content: the whole file.
        header: of it.

    Raises:
        UnreadableCloudError: lines are missing, or one is no row of numbers.
    """

    def __init__(self, content: bytes, header: PlyHeader) -> None:
        self._header, self._vertex = header, header.vertex
        self._head = content[: header.length]
        self._lines = content[header.length :].split(b"\n")
        self._first = sum(each.count for each in skipped(header))
        there = len(self._lines) - (self._lines[-1] == b"")
        wanted = sum(each.count for each in header.elements)
        if there < wanted:
            raise UnreadableCloudError(
                f"line {header.lines + there}: the file ends here; its elements need "
                f"{header.lines + wanted} lines"
            )
        for number, line in enumerate(self._lines[wanted:], start=wanted):
            if line.strip():
                raise self._bad(number, "there is more than the elements' rows")
        self._columns = self._read()

    def column(self, name: str) -> Doubles:
        """Return the values of a scalar property, (N,)."""
        return self._columns[name]

    def replaced(self, columns: Mapping[str, Doubles]) -> bytes:
        """Return the file with other values in these columns."""
        texts = {n: number_texts(v, self._vertex.code(n)) for n, v in columns.items()}
        if not self._vertex.has_lists:
            places = {self._vertex.index(name): words for name, words in texts.items()}
            return self._joined(self._head, with_words(self._points(), places))
        rows = zip(*texts.values(), strict=True)
        lines = (
            _with_tokens(line, dict(zip(self._places(line, texts), row, strict=True)))
            for line, row in zip(self._points(), rows, strict=True)
        )
        return self._joined(self._head, lines)

    def extended(self, columns: Mapping[str, Doubles], header: bytes) -> bytes:
        """Return the file with a new header and numbers at the end of each line."""
        rows = zip(*(number_texts(v, "B") for v in columns.values()), strict=True)
        lines = (
            b" ".join((line.rstrip(), *row)) + (b"\r" if line.endswith(b"\r") else b"")
            for line, row in zip(self._points(), rows, strict=True)
        )
        return self._joined(header, lines)

    def _joined(self, head: bytes, lines: Iterator[bytes]) -> bytes:
        end = self._first + self._vertex.count
        before, after = self._lines[: self._first], self._lines[end:]
        return head + b"\n".join([*before, *lines, *after])

    def _points(self) -> Sequence[bytes]:
        return self._lines[self._first : self._first + self._vertex.count]

    def _read(self) -> dict[str, Doubles]:
        if self._vertex.has_lists:
            return self._read_with_lists()
        lines, width = self._points(), len(self._vertex.properties)
        chunks = [
            self._numbers(lines[start : start + _CHUNK], width, start)
            for start in range(0, len(lines), _CHUNK)
        ]
        table = np.concatenate(chunks or [np.empty((0, width))])
        names = [each.name for each in self._vertex.properties]
        return dict(zip(names, table.T, strict=True))

    def _numbers(self, lines: Sequence[bytes], width: int, start: int) -> Doubles:
        """Return (lines, width); a line that is none is named."""
        with warnings.catch_warnings():
            # A text that is no number ends the parsing with a warning.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                found = np.fromstring(b" ".join(lines).decode("latin-1"), sep=" ")
            except ValueError:
                found = np.empty(0)
        if found.size != width * len(lines) or self._is_uneven(lines, width):
            self._blame(lines, width, start)
        return found.reshape(-1, width)

    def _is_uneven(self, lines: Sequence[bytes], width: int) -> bool:
        return any(len(line.split()) != width for line in lines)

    def _blame(self, lines: Sequence[bytes], width: int, start: int) -> NoReturn:
        for number, line in enumerate(lines, start=start):
            words = line.split()
            if len(words) != width:
                what = f"{len(words)} values came, {width} are due"
                raise self._bad(self._first + number, what)
            for word in words:
                self._number(word, self._first + number)
        raise self._bad(self._first + start, "numbers here cannot be read")

    def _number(self, word: bytes, line: int) -> float:
        try:
            return float(word)
        except ValueError as error:
            what = f"{word[:_LONGEST_ECHO].decode('latin-1')!r} is no number"
            raise self._bad(line, what) from error

    def _read_with_lists(self) -> dict[str, Doubles]:
        scalars = [p.name for p in self._vertex.properties if p.count_code is None]
        table = np.empty((self._vertex.count, len(scalars)))
        for row, line in enumerate(self._points()):
            words = line.split()
            places = self._places(line, scalars, self._first + row)
            table[row] = [self._number(words[p], self._first + row) for p in places]
        return dict(zip(scalars, table.T, strict=True))

    def _places(
        self, line: bytes, names: Sequence[str] | Mapping[str, object], number: int = 0
    ) -> list[int]:
        """Return which words of a line are these properties."""
        found = _word_of_property(self._vertex, line.split())
        if found is None:
            raise self._bad(number, "its lists do not fit its values")
        return [found[name] for name in names]

    def _bad(self, row: int, what: str) -> UnreadableCloudError:
        return UnreadableCloudError(f"line {self._header.lines + row + 1}: {what}")


def _word_of_property(
    element: Element, words: Sequence[bytes]
) -> dict[str, int] | None:
    """Return the place of each scalar among the words; None if they do not fit."""
    place, found = 0, {}
    for each in element.properties:
        if place >= len(words):
            return None
        if each.count_code is None:
            found[each.name] = place
            place += 1
        elif words[place].isdigit():
            place += 1 + int(words[place])
        else:
            return None
    return found if place == len(words) else None


def number_texts(values: Doubles, code: str) -> list[bytes]:
    """Return numbers as a property of that code writes them."""
    if code in "fd":
        return [b"%.6g" % value for value in values.tolist()]
    return [b"%d" % value for value in np.rint(values).astype(np.int64).tolist()]


def with_words(
    lines: Iterable[bytes], texts: Mapping[int, Sequence[bytes]]
) -> Iterator[bytes]:
    """Yield lines between whose blanks other words stand; the blanks stay.

    Args:
        lines: of words between blanks.
        texts: by the place of a word, from 0: the new one of each line.
    """
    places, rows = [*texts], zip(*texts.values(), strict=True)
    for line, row in zip(lines, rows, strict=True):
        words = line.split(b" ")
        if b"" in words or b"\t" in line or b"\r" in line:
            yield _with_tokens(line, dict(zip(places, row, strict=True)))
            continue
        for place, token in zip(places, row, strict=True):
            words[place] = token
        yield b" ".join(words)


def _with_tokens(line: bytes, tokens: Mapping[int, bytes]) -> bytes:
    """Return a line with other words at these places; its blanks stay."""
    parts = _SPACE.split(line)
    words_at = [n for n, part in enumerate(parts) if part.strip()]
    for place, token in tokens.items():
        parts[words_at[place]] = token
    return b"".join(parts)
