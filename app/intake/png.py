"""Is a PNG whole? Pillow decodes one that is cut off or whose pixels were changed.

It checks no sums of pixel data and does not miss the end; a damaged picture would be
accepted with other pixels. Knows chunks, no pixels.
"""

import struct
import zlib
from typing import BinaryIO

_SIGNATURE_BYTES = 8
_PIECE_BYTES = 2**20
_END = b"IEND"


def is_whole_png(file: BinaryIO) -> bool:
    """Tell whether every critical chunk is unharmed, up to the end chunk.

    Ancillary chunks (a lower-case first letter) may be damaged: no pixel depends on
    them. What follows the end is nobody's business; it is not stored.

    Args:
        file: Seekable, starting with PNG's signature; its position is lost.

    Source: PNG specification, third edition, 5.3 and 5.4.
    """
    file.seek(_SIGNATURE_BYTES)
    while len(head := file.read(8)) == 8:
        length_bytes, name = struct.unpack(">I4s", head)
        found = _sum_of(file, name, length_bytes)
        claimed = file.read(4)
        if len(claimed) < 4:
            return False
        if name[:1].isupper() and found != int.from_bytes(claimed):
            return False
        if name == _END:
            return True
    return False


def _sum_of(file: BinaryIO, name: bytes, length_bytes: int) -> int:
    """Return the chunk's CRC-32, read piece by piece."""
    total = zlib.crc32(name)
    while length_bytes > 0:
        piece = file.read(min(length_bytes, _PIECE_BYTES))
        if not piece:
            break
        total = zlib.crc32(piece, total)
        length_bytes -= len(piece)
    return total
