"""Clouds as text: a point a line, and what its columns are, guessed from the beginning.

XYZ and XYZRGB are columns between blanks, PTS has the number of points before them, CSV
has commas or semicolons, and mostly names. Nothing of it is a standard, so the guess is
shown to whoever sent the file. Standard library alone, as `ply`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.contract.kinds.pointcloud.choices import CloudFormat
from app.contract.kinds.pointcloud.ply import (
    COLOR_NAMES,
    PLACE,
    UnreadableCloudError,
)

#: So much of a file tells what it is.
TABLE_HEAD_BYTES = 64 * 2**10
_LOOKED_AT = 100
_MOST_COLUMNS = 256
_LONGEST_ECHO = 40
_COMMENTS = (b"#", b"//")
_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_DECIMAL_COMMA = re.compile(rb"[+-]?\d+,\d+")
#: Where red may begin in a row without names: behind the place, or an intensity.
_STARTS, _STARTS_OF_PTS = (3, 4), (4, 3)
#: In a row of nine there are normals, before the colour or behind it.
_WITH_NORMALS, _STARTS_BY_NORMALS = 9, (3, 6)
_CHANNELS = COLOR_NAMES[0]


@dataclass(frozen=True)
class TableHeader:
    """What the beginning of a text says of its rows.

    Attributes:
        form: which of the formats it is.
        length: bytes before the first point.
        lines: likewise.
        delimiter: between the values of a line; None for blanks.
        columns: their names, `x`, `y` and `z` among them; of those without a name
            `column 4` and so on.
        colors: the columns of red, green and blue; None if there are none.
        is_whole: whether the colours are whole numbers.
        names_line: the number of the line with the names, from 0; None without.
        promised: how many points a PTS file says that it has.
    """

    form: CloudFormat
    length: int
    lines: int
    delimiter: bytes | None
    columns: tuple[str, ...]
    colors: tuple[str, ...] | None
    is_whole: bool
    names_line: int | None = None
    promised: int | None = None

    def index(self, name: str) -> int:
        """Return which column has that name, from 0."""
        return self.columns.index(name)


def read_table_header(head: bytes) -> TableHeader | None:
    """Return what a text's rows are; None if it is no text with points.

    Args:
        head: the first `TABLE_HEAD_BYTES` of the file, or all of it.

    Raises:
        UnreadableCloudError: it names x, y and z, or begins with numbers, but these
            are no points.
    """
    lines = head.removeprefix(_MARK).split(b"\n")
    if _CONTROL.search(head):
        return None
    before = _before_rows(lines)
    if before is None:
        return None
    number, names, names_line, promised = before[:4]
    rows = [line for line in lines[number : number + _LOOKED_AT] if line.strip()]
    # The last line may have been cut off with the head.
    rows = rows[:-1] if len(rows) > 1 and len(head) >= TABLE_HEAD_BYTES else rows
    if not rows:
        if names is None and promised is None:
            return None
        raise UnreadableCloudError(f"line {number}: no points follow")
    delimiter = _delimiter(rows[0], number + 1)
    words = split_row(rows[0], delimiter)
    told = _names(before.comment)
    if names is None and len(told) == len(words) and set(PLACE) <= set(told):
        names = told
    if len(words) > _MOST_COLUMNS or (names is None and not _is_numbers(rows[0])):
        return None
    if names is not None and len(names) != len(words):
        raise UnreadableCloudError(
            f"line {number + 1}: {len(words)} values came, {len(names)} names before"
        )
    form = _form(delimiter, is_named=names_line is not None, promised=promised)
    samples = [split_row(row, delimiter) for row in rows]
    columns, colors = _columns(names, samples, form)
    bom = len(_MARK) if head.startswith(_MARK) else 0
    return TableHeader(
        form=form,
        length=bom + sum(len(line) + 1 for line in lines[:number]),
        lines=number,
        delimiter=delimiter,
        columns=columns,
        colors=colors,
        is_whole=colors is not None and _are_whole(samples, columns, colors),
        names_line=names_line,
        promised=promised,
    )


class _Before(NamedTuple):
    """What stands before the rows: so many lines, names, a count, a comment."""

    lines: int
    names: list[str] | None
    names_line: int | None
    promised: int | None
    comment: bytes


def _before_rows(lines: Sequence[bytes]) -> _Before | None:
    """Return what stands before the rows; None if a line there is none of it."""
    number, comment = _after_comments(lines)
    line = lines[number].strip() if number < len(lines) else b""
    if line.isdigit():
        return _Before(number + 1, None, None, int(line[:20]), comment)
    if not line or _is_numbers(line):
        return _Before(number, None, None, None, comment)
    names = _names(line)
    if not set(PLACE) <= set(names):
        return None
    return _Before(number + 1, names, number, None, comment)


def split_row(line: bytes, delimiter: bytes | None) -> list[bytes]:
    """Return the values of a line, without the blanks around them."""
    if delimiter is None:
        return line.split()
    return [word.strip() for word in line.split(delimiter)]


def _after_comments(lines: Sequence[bytes]) -> tuple[int, bytes]:
    """Return the first line that is no comment, and the last comment before it."""
    comment = b""
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare and not bare.startswith(_COMMENTS):
            return number, comment
        comment = bare.lstrip(b"#/") or comment
    return len(lines), comment


def _names(line: bytes) -> list[str]:
    """Return names as they are compared: in small letters, without quotes."""
    parts = re.split(rb"[,;]" if re.search(rb"[,;]", line) else rb"\s+", line.strip())
    return [part.strip(b" \t\r\"'").decode("latin-1").lower() for part in parts]


def _is_numbers(line: bytes) -> bool:
    """Tell whether a line begins with a place, between whatever."""
    words = re.split(rb"[,;\s]+", line.strip())[:3]
    return len(words) == 3 and all(_number(word) is not None for word in words)


def _number(word: bytes) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _delimiter(line: bytes, number: int) -> bytes | None:
    found = next((each for each in (b";", b",") if each in line), None)
    blanks = line.split()
    has_blanks = len(blanks) >= 3 and all(map(_DECIMAL_COMMA.fullmatch, blanks[:3]))
    words = blanks if has_blanks else split_row(line, found)
    for word in words:
        if (has_blanks or found == b";") and _DECIMAL_COMMA.fullmatch(word):
            echo = word[:_LONGEST_ECHO].decode("latin-1")
            raise UnreadableCloudError(
                f"line {number}: {echo!r} has a comma; decimals are written with a "
                "point"
            )
    return found


def _form(
    delimiter: bytes | None, *, is_named: bool, promised: int | None
) -> CloudFormat:
    if promised is not None:
        return CloudFormat.PTS
    return CloudFormat.CSV if delimiter or is_named else CloudFormat.XYZ


def _columns(
    names: Sequence[str] | None, samples: Sequence[Sequence[bytes]], form: CloudFormat
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the names of all columns, and those of the colours."""
    if names is not None:
        for each in sorted({n for n in names if names.count(n) > 1}):
            if each in PLACE:
                raise UnreadableCloudError(f"there are two columns {each}")
        found = (c for c in COLOR_NAMES if set(c) <= set(names))
        return tuple(names), next(found, None)
    width = len(samples[0])
    guessed = [*PLACE, *(f"column {n}" for n in range(4, width + 1))]
    starts = _STARTS_OF_PTS if form is CloudFormat.PTS else _STARTS
    start = _color_start(
        samples, _STARTS_BY_NORMALS if width == _WITH_NORMALS else starts
    )
    if start is None:
        return tuple(guessed), None
    guessed[start : start + 3] = _CHANNELS
    return tuple(guessed), _CHANNELS


def _color_start(
    samples: Sequence[Sequence[bytes]], starts: Sequence[int]
) -> int | None:
    """Return where red is: in whole numbers above 1, or else from 0 to 1."""
    whole: list[int] = []
    part: list[int] = []
    for start in starts:
        words = [word for row in samples for word in row[start : start + 3]]
        values = [_number(word) for word in words]
        is_full = len(words) == 3 * len(samples)
        known = [each for each in values if each is not None and each >= 0]
        if not is_full or len(known) != len(values):
            continue
        if all(each.is_integer() and each <= 65535 for each in known):
            (whole if max(known) > 1 else part).append(start)
        elif max(known) <= 1:
            part.append(start)
    return next(iter([*whole, *part]), None)


def _are_whole(
    samples: Sequence[Sequence[bytes]], columns: Sequence[str], colors: Sequence[str]
) -> bool:
    places = [columns.index(name) for name in colors]
    return all(
        row[place].isdigit() for row in samples for place in places if place < len(row)
    )
