"""XYZ, PTS and CSV: texts with a point a line; only the words of the colours differ.

A text without colours gets three columns more.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

import numpy as np

from app.contract.kinds.pointcloud.ply import PLACE, UnreadableCloudError
from app.contract.kinds.pointcloud.table import (
    TABLE_HEAD_BYTES,
    TableHeader,
    read_table_header,
    split_row,
)
from worker.cloudfile.cloud import Doubles, Floats, PointCloud
from worker.cloudfile.formats.ascii_rows import number_texts, with_words
from worker.cloudfile.formats.levels import GREY, highest_float, highest_whole

#: Lines that are read at once.
_CHUNK = 2**16
_LONGEST_ECHO = 40
_NEW_COLUMNS = (b"red", b"green", b"blue")


def read_table(content: bytes) -> PointCloud:
    """Return the points of a text.

    Raises:
        UnreadableCloudError: a line is no point, or there is no text with points.
    """
    header = read_table_header(content[:TABLE_HEAD_BYTES])
    if header is None:
        raise UnreadableCloudError("the file is no text with a point a line")
    table = _Table(content, header)
    positions = table.columns(PLACE)
    names = header.colors
    if names is None:
        grey = np.full((len(positions), 3), GREY, np.float32)
        return PointCloud(positions, grey, None, table.extended)
    values = table.columns(names)
    highest = highest_whole if header.is_whole else highest_float
    level = highest(values, names)

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics  # points have none
        return table.replaced(names, painted.astype(np.float64) * level)

    colors = np.clip(values / level, 0, 1).astype(np.float32)
    return PointCloud(positions, colors, None, write)


class _Table:
    """The lines of a text, and what stands before them.

    Args:
        content: the whole file.
        header: of it.
    """

    def __init__(self, content: bytes, header: TableHeader) -> None:
        self._header = header
        self._head = content[: header.length]
        body = content[header.length :]
        kept = body.rstrip()
        # A blank after the last word is part of its line.
        end = body.find(b"\n", len(kept))
        self._tail = b"" if end < 0 else body[end:]
        self._lines = (body if end < 0 else body[:end]).split(b"\n")
        if header.promised is not None and header.promised != len(self._lines):
            raise UnreadableCloudError(
                f"line {header.lines}: it says {header.promised} points, and "
                f"{len(self._lines)} follow"
            )

    def columns(self, names: Sequence[str]) -> Doubles:
        """Return the values of columns, (N, len(names))."""
        places = [self._header.index(name) for name in names]
        return np.concatenate(
            [
                self._numbers(self._lines[start : start + _CHUNK], places, start)
                for start in range(0, len(self._lines), _CHUNK)
            ]
        )

    def replaced(self, names: Sequence[str], values: Doubles) -> bytes:
        """Return the file with other values, (N, len(names)), in these columns."""
        code = "B" if self._header.is_whole else "f"
        texts = [number_texts(column, code) for column in values.T]
        places = map(self._header.index, names)
        words = dict(zip(places, texts, strict=True))
        if self._header.delimiter is None:
            return self._joined(self._head, with_words(self._lines, words))
        return self._joined(self._head, self._with_cells(words))

    def extended(self, painted: Floats, harmonics: Floats | None) -> bytes:
        """Return the file with colours (N, 3), in bytes, as its last columns."""
        del harmonics
        texts = [number_texts(column * 255.0, "B") for column in painted.T]
        between = self._header.delimiter or b" "
        lines = (
            between.join((line.rstrip(), *row)) + line[len(line.rstrip()) :]
            for line, row in zip(self._lines, zip(*texts, strict=True), strict=True)
        )
        return self._joined(self._longer_head(between), lines)

    def _longer_head(self, between: bytes) -> bytes:
        number = self._header.names_line
        if number is None:
            return self._head
        lines = self._head.split(b"\n")
        names, line = lines[number].rstrip(), lines[number]
        if not re.search(rb"[,;]", names):
            between = b"\t" if b"\t" in names else b" "
        lines[number] = between.join((names, *_NEW_COLUMNS)) + line[len(names) :]
        return b"\n".join(lines)

    def _with_cells(self, texts: dict[int, list[bytes]]) -> Iterator[bytes]:
        """Yield the lines with other cells; the blanks around these stay."""
        delimiter = self._header.delimiter or b" "
        rows = zip(*texts.values(), strict=True)
        for line, row in zip(self._lines, rows, strict=True):
            cells = line.split(delimiter)
            for place, text in zip(texts, row, strict=True):
                old = cells[place]
                bare = old.strip()
                cells[place] = old.replace(bare, text) if bare != old else text
            yield delimiter.join(cells)

    def _joined(self, head: bytes, lines: Iterator[bytes]) -> bytes:
        return head + b"\n".join(lines) + self._tail

    def _numbers(
        self, lines: Sequence[bytes], places: Sequence[int], start: int
    ) -> Doubles:
        """Return (lines, places); a line that is no row is named."""
        width, delimiter = len(self._header.columns), self._header.delimiter
        separator = None if delimiter is None else delimiter.decode()
        if any(len(line.split(delimiter)) != width for line in lines):
            self._blame(lines, places, start)
        try:
            found: Doubles = np.loadtxt(
                [line.decode("latin-1") for line in lines],
                delimiter=separator,
                usecols=places,
                comments=None,
                ndmin=2,
            )
        except ValueError:
            self._blame(lines, places, start)
        if len(found) != len(lines):
            self._blame(lines, places, start)
        return found

    def _blame(
        self, lines: Sequence[bytes], places: Sequence[int], start: int
    ) -> NoReturn:
        header = self._header
        for number, line in enumerate(lines, start=header.lines + start + 1):
            words = split_row(line, header.delimiter) if line.strip() else []
            if len(words) != len(header.columns):
                raise UnreadableCloudError(
                    f"line {number}: {len(words)} values came, "
                    f"{len(header.columns)} are due"
                )
            for word in (words[place] for place in places):
                _require_number(word, number)
        raise UnreadableCloudError(
            f"line {header.lines + start + 1}: numbers from here cannot be read"
        )


def _require_number(word: bytes, line: int) -> None:
    try:
        float(word)
    except ValueError as error:
        echo = word[:_LONGEST_ECHO].decode("latin-1")
        raise UnreadableCloudError(f"line {line}: {echo!r} is no number") from error
