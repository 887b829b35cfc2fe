"""The boxes of ISO base media files: what HEIC, AVIF and videos are made of.

Knows lengths and numbers, no meaning. Everything that does not fit is a `DamagedError`.

Source: ISO/IEC 14496-12, 4.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_HEAD_BYTES = 8
#: Real files have some dozens of boxes at any one place.
_MOST_BOXES = 2000


class DamagedError(ValueError):
    """The bytes are not what their lengths say."""


@dataclass(frozen=True)
class Box:
    """One box: its name, what is in it without its head, and where it ends."""

    name: bytes
    body: memoryview
    end: int


class Reader:
    """Takes big-endian numbers from the front of some bytes."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._position = 0

    def take(self, length: int) -> bytes:
        """Return the next bytes.

        Raises:
            DamagedError: There are not so many.
        """
        piece = self._content[self._position : self._position + length]
        if len(piece) < length:
            raise DamagedError("it ends early")
        self._position += length
        return bytes(piece)

    def uint(self, length: int) -> int:
        """Return the next number of so many bytes; none of them is 0."""
        return int.from_bytes(self.take(length))

    def version(self) -> tuple[int, int]:
        """Return a full box's version and flags."""
        return self.uint(1), self.uint(3)


def boxes_of(content: memoryview, start: int = 0) -> Iterator[Box]:
    """Yield the boxes from `start` on, which fill the rest of the content.

    Raises:
        DamagedError: One is longer than there is room, or there are too many.
    """
    for _ in range(_MOST_BOXES):
        if start == len(content):
            return
        box = _box_at(content, start)
        if box is None:
            raise DamagedError("a box does not fit into its place")
        yield box
        start = box.end
    raise DamagedError("there are too many boxes")


def top_boxes_of(content: memoryview) -> dict[bytes, memoryview]:
    """Return what is in the first box of each name of a file.

    Programs of phones leave things of their own behind the last box: the walk ends at
    what is no box.

    Raises:
        DamagedError: There are too many.
    """
    found: dict[bytes, memoryview] = {}
    start = 0
    for _ in range(_MOST_BOXES):
        box = _box_at(content, start)
        if box is None:
            return found
        found.setdefault(box.name, box.body)
        start = box.end
    raise DamagedError("there are too many boxes")


def _box_at(content: memoryview, start: int) -> Box | None:
    """Return the box that begins there, None if it is not whole."""
    head = bytes(content[start : start + 2 * _HEAD_BYTES])
    length, inner = int.from_bytes(head[:4]), _HEAD_BYTES
    if length == 1:
        length, inner = int.from_bytes(head[8:16]), 2 * _HEAD_BYTES
    elif length == 0:
        length = len(content) - start
    if length < inner or len(head) < inner or start + length > len(content):
        return None
    end = start + length
    return Box(head[4:8], content[start + inner : end], end)
