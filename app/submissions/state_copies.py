"""Copies of a job's state, for a job that goes on from there."""

import hashlib
from contextlib import closing

from app.contract.jobs import Checkpoint
from app.contract.ports import BlobNotFoundError, BlobReader, BlobStore
from app.problems import ProblemCode, ProblemError


class StateMovedError(Exception):
    """The other job has stored a newer state in the place of this one."""


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: BlobReader) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        content = self._file.read(size)
        self.hash.update(content)
        return content

    def close(self) -> None:
        """Give back what the file holds."""
        self._file.close()


def copy_state(blobs: BlobStore, state: Checkpoint, copy: Checkpoint) -> None:
    """Store a copy of a state under a key of its own.

    Raises:
        ProblemError: The state is no longer kept.
        StateMovedError: Another one lies in its place, which is copied then; whoever
            asked for the copy removes it.
    """
    try:
        file = _Hashed(blobs.reader(state.blob_key))
    except BlobNotFoundError as error:
        detail = "The state was deleted just now."
        raise ProblemError(ProblemCode.STATE_EXPIRED, detail) from error
    with closing(file):
        blobs.put_file(copy.blob_key, file, state.bytes)
    if file.hash.hexdigest() != state.sha256:
        raise StateMovedError(state.blob_key)
