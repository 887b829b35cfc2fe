"""A PNG without the extras that are damaged: no pixel depends on them.

Pillow gives a picture up for a color profile of no bytes. Knows chunks, no pixels. What
is whole stays, harmful or not: a bomb is still refused.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from app.intake.png import (
    CHUNK_CRC_BYTES,
    CHUNK_HEAD_BYTES,
    PIECE_BYTES,
    SIGNATURE_BYTES,
    Chunk,
    chunks_of,
    pieces,
)

_PROFILE = b"iCCP"
#: How long they are at least (11.3); a decoder reads shorter ones beyond their end.
_LEAST_BYTES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
#: Pillow takes a larger profile for a bomb.
_LARGEST_PROFILE_BYTES = 2**20
#: From here on we do, too.
_BOMB_BYTES = 4 * 2**20


@contextmanager
def without_damaged_extras(file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the file, or a copy of it if something has to be left out.

    Left out is what has a wrong checksum or is too short, and a color profile that
    cannot be unpacked or that the decoder would not take (1 to 4 MiB).

    Args:
        file: A PNG of a sound layout, seekable; its position is lost.

    Source: PNG specification, third edition, 5.3, 5.4 and 11.3.
    """
    chunks = list(chunks_of(file))
    damaged = {each for each in chunks if each.is_extra and _is_damaged(file, each)}
    if not damaged:
        yield file
        return
    with SpooledTemporaryFile(max_size=PIECE_BYTES) as copy:
        _copy(file, copy, 0, SIGNATURE_BYTES)
        for chunk in chunks:
            if chunk not in damaged:
                _copy(file, copy, chunk.position, chunk.end)
        # The type is typeshed's, which knows no spooled BinaryIO.
        yield cast("BinaryIO", copy)


def _is_damaged(file: BinaryIO, chunk: Chunk) -> bool:
    if chunk.content_bytes < _LEAST_BYTES.get(chunk.name, 0):
        return True
    file.seek(chunk.position + 4)
    total = 0
    for piece in pieces(file, len(chunk.name) + chunk.content_bytes):
        total = zlib.crc32(piece, total)
    if file.read(CHUNK_CRC_BYTES) != total.to_bytes(CHUNK_CRC_BYTES):
        return True
    return chunk.name == _PROFILE and not _can_be_unpacked(file, chunk)


def _can_be_unpacked(file: BinaryIO, chunk: Chunk) -> bool:
    """Tell whether a profile is sound and of a size that the decoder takes."""
    file.seek(chunk.position + CHUNK_HEAD_BYTES)
    title, separator, packed = file.read(chunk.content_bytes).partition(b"\0")
    if not title or not separator or packed[:1] != b"\0":
        return False
    inflater = zlib.decompressobj()
    try:
        size_bytes = len(inflater.decompress(packed[1:], _BOMB_BYTES))
    except zlib.error:
        return False
    is_bomb = not inflater.eof and size_bytes == _BOMB_BYTES
    return is_bomb or (inflater.eof and size_bytes <= _LARGEST_PROFILE_BYTES)


def _copy(file: BinaryIO, copy: IO[bytes], begin: int, end: int) -> None:
    file.seek(begin)
    for piece in pieces(file, end - begin):
        copy.write(piece)
