"""Can a JPEG hold the picture that it claims? libjpeg never says that it cannot.

It paints grey what is missing once an end marker comes, and decodes as many scans as
there are, each over the whole picture: 0.3 MB of them took nine seconds, 20 MB would
take ten minutes. Knows markers, no pixels.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import BinaryIO

#: libjpeg's own progression has 10, the most elaborate encoders write some 20.
_MOST_SCANS = 100
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_BASELINE = frozenset({0xC0, 0xC1})
_PROGRESSIVE = 0xC2
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
#: These stand alone: no length follows.
_LONE = frozenset({0x01, *range(0xD0, 0xD9)})
#: Ends coded data: neither a stuffed byte, nor a restart, nor a filler (B.1.1).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_BLOCK_PIXELS = 64
_COEFFICIENT_BYTES = 2
#: So many are kept of a picture of several scans, at its full size: of 40 megapixels
#: of CMYK it is as much.
_MOST_COEFFICIENT_BYTES = 320_000_000


@dataclass
class _Facts:
    """What a walk over the markers found."""

    scans: int = 0
    coded_bytes: int = 0
    #: Of the frame: its marker, and how many blocks of 8 x 8 it has at least.
    frame: int | None = None
    blocks: float = field(default=0.0)

    @property
    def least_bits(self) -> float:
        """How few bits hold the blocks, if each is coded as shortly as can be.

        With Huffman's codes each coefficient that starts a block takes a bit, and so
        does the end of a block, unless the picture is progressive.
        """
        if self.frame in _BASELINE:
            return 2 * self.blocks
        return self.blocks if self.frame == _PROGRESSIVE else 0.0


def is_plausible_jpeg(file: BinaryIO) -> bool:
    """Tell whether the coded data can be the picture, and can be decoded in time.

    Damage that leaves enough data is not found: libjpeg heals it.

    Args:
        file: Seekable, starting with JPEG's marker; its position is lost.

    Source: ITU-T T.81, annexes B (markers) and F, G (what a block takes at least).
    """
    file.seek(0)
    facts = _facts_of(file.read())
    return facts.scans <= _MOST_SCANS and 8 * facts.coded_bytes >= facts.least_bits


def can_be_decoded_small(file: BinaryIO) -> bool:
    """Tell whether its full size is never needed while it is made small.

    Args:
        file: As for `is_plausible_jpeg`; its position is kept.
    """
    facts = _kept(file)
    kept = facts.blocks * _BLOCK_PIXELS * _COEFFICIENT_BYTES
    is_at_once = facts.frame in _BASELINE and facts.scans == 1
    return facts.frame not in _LOSSLESS and (
        is_at_once or kept <= _MOST_COEFFICIENT_BYTES
    )


def is_lossless_jpeg(file: BinaryIO) -> bool:
    """Tell whether pixels are coded one by one: then there are no blocks to average.

    Args:
        file: As for `is_plausible_jpeg`; its position is kept.

    Source: ITU-T T.81, table B.1, and annex H.
    """
    return _kept(file).frame in _LOSSLESS


def _kept(file: BinaryIO) -> _Facts:
    """Return the facts; the file's position is kept."""
    position = file.tell()
    file.seek(0)
    facts = _facts_of(file.read())
    file.seek(position)
    return facts


def _facts_of(content: bytes) -> _Facts:
    """Walk to the end of the first image; what follows is not looked at."""
    facts = _Facts()
    found = _MARKER.search(content, 2)
    while found is not None and facts.scans <= _MOST_SCANS:
        marker, position = content[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        if marker not in _LONE:
            segment = content[position : position + _length_at(content, position)]
            position += len(segment)
            if marker == _START_OF_SCAN:
                facts.scans += 1
            elif _is_frame(marker) and facts.frame is None:
                facts.frame, facts.blocks = marker, _blocks_of(segment)
        found = _MARKER.search(content, position)
        if marker == _START_OF_SCAN:
            end = len(content) if found is None else found.start()
            facts.coded_bytes += end - position
    return facts


def _length_at(content: bytes, position: int) -> int:
    """Return the length of a segment, that of the length itself included."""
    return max(2, int.from_bytes(content[position : position + 2]))


def _is_frame(marker: int) -> bool:
    """Tell frames from what lies between them: tables of codes, and an extension."""
    return 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}


def _blocks_of(segment: bytes) -> float:
    """Return how many blocks a frame has at least, all components together."""
    if len(segment) < 8:
        return 0.0
    _, _, height, width, count = struct.unpack(">HBHHB", segment[:8])
    samplings = [(each >> 4) * (each & 15) for each in segment[9::3][:count]]
    shares = sum(samplings) / max(samplings, default=1) if any(samplings) else 0.0
    blocks: float = width * height * shares / _BLOCK_PIXELS
    return blocks
