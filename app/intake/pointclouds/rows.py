"""Lines of numbers between blanks, commas or semicolons, as places; a chunk at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from app.intake.pointclouds.extents import Axes, Point

#: Between the values of two lines; no text has it.
_END = b"\0"
_LONGEST_ECHO = 40


@dataclass(frozen=True)
class Row:
    """Where the place stands in a line.

    Attributes:
        delimiter: between values; None for blanks.
        columns: of x, y and z.
        width: values of a line.
    """

    delimiter: bytes | None
    columns: Sequence[int]
    width: int

    def axes(self, lines: Sequence[bytes], number: int) -> Axes:
        """Return the places that lines say.

        Args:
            lines: at least one.
            number: of the first in the file, from 1.

        Raises:
            UnreadableCloudError: a line is no point; it is named.
        """
        between = b" " if self.delimiter is None else self.delimiter
        words = (between + _END + between).join(lines).split(self.delimiter)
        stride, ends = self.width + 1, len(lines) - 1
        # Each line has its width if every so many words are an end, and there are
        # no others.
        is_even = len(words) == stride * len(lines) - 1
        if is_even and words[self.width :: stride].count(_END) == ends:
            try:
                x, y, z = (
                    [*map(float, words[column::stride])] for column in self.columns
                )
            except ValueError:
                pass
            else:
                return x, y, z
        points = [self._point(line, number + n) for n, line in enumerate(lines)]
        x_axis, y_axis, z_axis = zip(*points, strict=True)
        return x_axis, y_axis, z_axis

    def _point(self, line: bytes, number: int) -> Point:
        """Return the place of one line; slow, and so for broken ones alone."""
        words = line.split(self.delimiter)
        if len(words) != self.width:
            count = len(words) if line.strip() else 0
            raise UnreadableCloudError(
                f"line {number}: {count} values came, {self.width} are due"
            )
        try:
            x, y, z = (float(words[column]) for column in self.columns)
        except ValueError as error:
            text = line.strip()[:_LONGEST_ECHO].decode("latin-1")
            raise UnreadableCloudError(
                f"line {number}: {text!r} has no place"
            ) from error
        return x, y, z
