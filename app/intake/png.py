"""Is a PNG sound? Pillow decodes one that is cut off or whose pixels were changed.

It checks no sums of pixel data, misses neither the end nor rows, and takes its time
with thousands of comments. Knows chunks and how many bytes pixels take, no pixels.
"""

import math
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

SIGNATURE_BYTES = 8
#: Length and name.
CHUNK_HEAD_BYTES = 8
CHUNK_CRC_BYTES = 4
PIECE_BYTES = 2**20
_HEADER, _PALETTE, _PIXELS, _END = b"IHDR", b"PLTE", b"IDAT", b"IEND"
#: A decoder must not go on past a critical chunk that it does not know (5.4).
_CRITICAL = frozenset({_HEADER, _PALETTE, _PIXELS, _END})
#: What may come once, of what costs time or decides how pixels are read (5.6).
_SINGLE = (_HEADER, _PALETTE, b"iCCP")
#: Pixels and frames come in many pieces; of everything else there is little.
_PLENTIFUL = frozenset({_PIXELS, b"fcTL", b"fdAT"})
_MOST_PIECES = 100_000
_MOST_OTHERS = 1000
#: Color type: samples a pixel (11.2.1); 3 is the palette.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BY_PALETTE = 3
#: Adam7: first column, first row, step to the right, step down, of each pass (8.1).
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
#: Some encoders write a little too much, and nobody minds; a bomb is another matter.
_SPARE_BYTES = 2**20


class Chunk(NamedTuple):
    """Where a chunk begins, with its head, and how long its content is."""

    name: bytes
    position: int
    content_bytes: int

    @property
    def is_extra(self) -> bool:
        """Whether it may be left out: a lower-case first letter says so (5.4)."""
        return self.name[:1].islower()

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.position + CHUNK_HEAD_BYTES + self.content_bytes + CHUNK_CRC_BYTES


@dataclass(frozen=True)
class _Header:
    """What the header chunk says."""

    width: int
    height: int
    depth: int
    color_type: int
    compression: int
    filtering: int
    interlacing: int

    @property
    def is_legal(self) -> bool:
        """Whether there is a way to read pixels by it."""
        methods = (self.compression, self.filtering, self.interlacing)
        return self.color_type in _SAMPLES and methods in {(0, 0, 0), (0, 0, 1)}

    @property
    def pixel_bytes(self) -> int:
        """How long the pixels are, unpacked: each row has a filter's number before."""
        if not self.interlacing:
            return self._bytes_of(self.width, self.height)
        return sum(
            self._bytes_of(
                math.ceil((self.width - left) / right),
                math.ceil((self.height - top) / down),
            )
            for left, top, right, down in _PASSES
        )

    def _bytes_of(self, width: int, height: int) -> int:
        if width <= 0 or height <= 0:  # a pass of a very small picture
            return 0
        bits = width * _SAMPLES[self.color_type] * self.depth
        return height * (1 + math.ceil(bits / 8))


def has_sound_layout(file: BinaryIO) -> bool:
    """Tell whether a parser may be let loose on the chunks: a walk, nothing is read.

    The header is first and there is one; no critical chunk is unknown; a picture with a
    palette has it; there are no crowds of chunks that a parser spends seconds on.

    Args:
        file: Seekable, starting with PNG's signature; its position is lost.

    Source: PNG specification, third edition, 5.4, 5.6 and 11.2.
    """
    header = _header_of(file)
    if header is None or not header.is_legal:
        return False
    seen: Counter[bytes] = Counter()
    others = 0
    for name in (chunk.name for chunk in chunks_of(file)):
        seen[name] += 1
        others += name not in _PLENTIFUL
        is_crowd = others > _MOST_OTHERS or seen.total() > _MOST_PIECES
        is_unknown = name[:1].isupper() and name not in _CRITICAL
        if is_crowd or is_unknown or any(seen[each] > 1 for each in _SINGLE):
            return False
        if name == _PIXELS and header.color_type == _BY_PALETTE and not seen[_PALETTE]:
            return False
    return True


def is_whole_png(file: BinaryIO) -> bool:
    """Tell whether every critical chunk is unharmed and no pixel is missing.

    Ancillary chunks (a lower-case first letter) may be damaged: no pixel depends on
    them. What follows the end is nobody's business; it is not stored.

    Args:
        file: Seekable, of a sound layout; its position is lost.

    Source: PNG specification, third edition, 5.3 and 5.4.
    """
    header = _header_of(file)
    if header is None:
        return False
    pixels = _Pixels(header.pixel_bytes)
    file.seek(SIGNATURE_BYTES)
    while len(head := file.read(8)) == 8:
        length_bytes, name = struct.unpack(">I4s", head)
        total = zlib.crc32(name)
        for piece in pieces(file, length_bytes):
            total = zlib.crc32(piece, total)
            if name == _PIXELS and not pixels.take(piece):
                return False
        claimed = file.read(4)
        if len(claimed) < 4:
            return False
        if name[:1].isupper() and total != int.from_bytes(claimed):
            return False
        if name == _END:
            return pixels.are_complete
    return False


@dataclass
class _Pixels:
    """Unpacks pixels only to count their bytes."""

    expected_bytes: int
    _bytes: int = 0
    _inflater: "zlib._Decompress" = field(default_factory=zlib.decompressobj)

    @property
    def are_complete(self) -> bool:
        """Whether all came."""
        return self._bytes >= self.expected_bytes

    def take(self, piece: bytes) -> bool:
        """Count a piece; return False if it is damaged, or if far too much came."""
        try:
            while piece and self._bytes <= self.expected_bytes + _SPARE_BYTES:
                self._bytes += len(self._inflater.decompress(piece, PIECE_BYTES))
                piece = self._inflater.unconsumed_tail
        except zlib.error:
            return False
        return not piece


def _header_of(file: BinaryIO) -> _Header | None:
    file.seek(SIGNATURE_BYTES)
    head = file.read(8 + 13)
    if len(head) < 21 or head[:8] != struct.pack(">I4s", 13, _HEADER):
        return None
    return _Header(*struct.unpack(">IIBBBBB", head[8:]))


def chunks_of(file: BinaryIO) -> Iterator[Chunk]:
    """Yield each chunk up to the end chunk, or the file's end."""
    position, name = SIGNATURE_BYTES, b""
    while name != _END:
        file.seek(position)
        head = file.read(CHUNK_HEAD_BYTES)
        if len(head) < CHUNK_HEAD_BYTES:
            return
        content_bytes, name = struct.unpack(">I4s", head)
        chunk = Chunk(name, position, content_bytes)
        yield chunk
        position = chunk.end


def pieces(file: BinaryIO, length_bytes: int) -> Iterator[bytes]:
    """Yield so many bytes from where the file is, as far as they are there."""
    while length_bytes > 0 and (piece := file.read(min(length_bytes, PIECE_BYTES))):
        yield piece
        length_bytes -= len(piece)
