"""Damages bytes as storage, networks and attackers do."""

import struct
import zlib
from collections.abc import Callable

from hypothesis import strategies as st

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Numbers at which parsers trip.
_ODD = [
    *(struct.pack(">I", each) for each in (0, 1, 2**31 - 1, 2**31, 2**32 - 1)),
    *(struct.pack("<H", each) for each in (0, 1, 2**15, 2**16 - 1)),
    b"\xff",
    b"\0",
]
_Change = Callable[[bytes], bytes]


def _at(place: float, content: bytes) -> int:
    return int(place * len(content))


def _overwrite(place: float, piece: bytes) -> _Change:
    def change(content: bytes) -> bytes:
        start = _at(place, content)
        return content[:start] + piece + content[start + len(piece) :]

    return change


def _insert(place: float, piece: bytes) -> _Change:
    def change(content: bytes) -> bytes:
        start = _at(place, content)
        return content[:start] + piece + content[start:]

    return change


def _remove(place: float, length: int) -> _Change:
    def change(content: bytes) -> bytes:
        start = _at(place, content)
        return content[:start] + content[start + length :]

    return change


def _repeat(place: float, length: int, count: int) -> _Change:
    def change(content: bytes) -> bytes:
        start = _at(place, content)
        piece = content[start : start + length]
        return content[:start] + piece * count + content[start:]

    return change


def _cut(place: float) -> _Change:
    return lambda content: content[: _at(place, content)]


_places = st.floats(0, 1, exclude_max=True)
_pieces = st.one_of(st.sampled_from(_ODD), st.binary(min_size=1, max_size=40))
_changes = st.one_of(
    st.builds(_overwrite, _places, _pieces),
    st.builds(_insert, _places, _pieces),
    st.builds(_remove, _places, st.integers(1, 200)),
    st.builds(_repeat, _places, st.integers(1, 200), st.integers(1, 20)),
    st.builds(_cut, _places),
)


@st.composite
def damaged(draw: st.DrawFn, originals: st.SearchStrategy[bytes]) -> bytes:
    """Draw an original with up to four changes."""
    content = draw(originals)
    for change in draw(st.lists(_changes, max_size=4)):
        content = change(content)
    return content


def with_sound_sums(content: bytes) -> bytes:
    """Return a PNG whose sums fit its damage, so that it reaches the decoders."""
    if not content.startswith(_SIGNATURE):
        return content
    mended, position = _SIGNATURE, len(_SIGNATURE)
    while position + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, position)
        chunk = content[position + 8 : position + 8 + length]
        mended += content[position : position + 8] + chunk
        mended += struct.pack(">I", zlib.crc32(name + chunk))
        position += 12 + length
    return mended
