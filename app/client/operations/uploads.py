"""Sending a large file before the job that names it, through broken connections."""

import mimetypes
from os import PathLike
from pathlib import Path

from app.client.calls import Call, path_of
from app.client.errors import ClientError, ConflictError, FileError, UnreachableError
from app.client.flows import Flow, ReadPiece, Sleep, exchange
from app.client.shapes import Upload, read

#: So much is held in memory, and sent by one request.
PIECE_BYTES = 8 * 2**20
#: So often in a row a request may fail without that anything has arrived.
_TRIES = 5
_PAUSE_S = 0.5
#: So long a service may take to store a whole file once it is there.
_JOINING_S = 120.0
_UNKNOWN_TYPE = "application/octet-stream"


def upload(
    path: str | PathLike[str] | bytes, *, media_type: str | None = None
) -> Flow[Upload]:
    """Send a file and return it as the service has it; jobs take it as a file.

    It is sent in pieces; where a connection breaks, it goes on with what has not
    arrived.

    Args:
        path: The file: a path, or its bytes.
        media_type: What it is; guessed from the name if left out.

    Raises:
        FileError: The file cannot be read.
        ClientError: The service refuses, or cannot be reached for long.
    """
    source = path if isinstance(path, bytes) else Path(path)
    headers = {
        "Content-Type": media_type or _guessed(source),
        "Upload-Complete": "?0",
    }
    # One that was made twice is empty, and soon forgotten.
    opening = Call(
        method="POST", path=path_of("uploads"), headers=headers, repeatable=True
    )
    begun = read(Upload, (yield from exchange(opening)))
    where, offset, failures = path_of("uploads", begun.id), 0, 0
    while True:
        piece = yield from _piece(source, offset)
        try:
            sent = yield from exchange(_appending(where, offset, piece))
        except ClientError as error:
            failures += 1
            if failures == _TRIES or not _passes(error):
                raise
            yield Sleep(error.retry_after_s or _PAUSE_S * 2**failures)
            at = yield from exchange(Call(method="HEAD", path=where))
            failures = 0 if int(at.headers["Upload-Offset"]) > offset else failures
        else:
            at, failures = sent, 0
        if at.headers["Upload-Complete"] == "?1":
            whole = yield from exchange(Call(method="GET", path=where))
            return read(Upload, whole)
        offset = int(at.headers["Upload-Offset"])


def _appending(where: str, offset: int, piece: bytes) -> Call:
    """Return what sends a piece; one that is not full is the last."""
    headers = {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": str(offset),
        "Upload-Complete": "?0" if len(piece) == PIECE_BYTES else "?1",
    }
    return Call(
        method="PATCH",
        path=where,
        headers=headers,
        content=piece,
        tries=False,
        wait_s=_JOINING_S,
    )


def _piece(source: Path | bytes, offset: int) -> Flow[bytes]:
    if isinstance(source, bytes):
        return source[offset : offset + PIECE_BYTES]
    try:
        piece: bytes = yield ReadPiece(source, offset, PIECE_BYTES)
    except OSError as error:
        raise FileError(f"cannot read {source}: {error.strerror}") from error
    return piece


def _guessed(source: Path | bytes) -> str:
    name = "" if isinstance(source, bytes) else source.name
    return mimetypes.guess_type(name)[0] or _UNKNOWN_TYPE


def _passes(error: ClientError) -> bool:
    """Tell whether it may go on: the connection broke, or another request wrote."""
    return error.retryable or isinstance(error, UnreachableError | ConflictError)
