"""The parts of an upload as one file, read part by part."""

import io
from collections.abc import Iterable
from typing import Any

from app.contract.ports import BlobStore


class _Joined(io.RawIOBase):
    """Holds one part at a time."""

    def __init__(self, blobs: BlobStore, keys: Iterable[str]) -> None:
        self._blobs = blobs
        self._keys = iter(keys)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    # Any: what can be written to has no type of its own before Python 3.12.
    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what is left of a part; return how much that is."""
        while not self._left and (key := next(self._keys, None)) is not None:
            self._left = memoryview(self._blobs.get(key))
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._left))
        room[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def joined(blobs: BlobStore, keys: Iterable[str]) -> io.BufferedReader:
    """Return a file of what is stored under these keys, one after the other."""
    return io.BufferedReader(_Joined(blobs, keys))
