"""Which pictures are nearly the same: by what is lighter than its right neighbour.

A picture and its mirror image count as the same, because whoever trains mirrors them.

Source: Krawetz 2013, "Kind of Like That" (the difference hash, 9 x 8 greys).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps

_SIDE = 8
_BITS = _SIDE * _SIDE
#: So many bits may differ.
MOST_DISTANCE = 4
#: Hashes that differ in 4 bits are equal in one of 5 pieces.
_PIECES = MOST_DISTANCE + 1
_PIECE_BITS = -(-_BITS // _PIECES)


@dataclass(frozen=True)
class Likeness:
    """The hash of a picture, and that of its mirror image."""

    upright: int
    mirrored: int


def likeness_of(picture: Image.Image) -> Likeness:
    """Return both hashes, of 64 bits each."""
    small = picture.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.BOX)
    return Likeness(_hash(small), _hash(ImageOps.mirror(small)))


def first_alike(hashes: Iterable[tuple[str, Likeness]]) -> Iterator[tuple[str, str]]:
    """Yield each picture's name with that of the one it is dropped for: itself if none.

    Args:
        hashes: names and hashes, those first that are rather kept.
    """
    kept = _Kept()
    for name, likeness in hashes:
        other = kept.like(likeness)
        if other is None:
            kept.add(name, likeness.upright)
        yield name, name if other is None else other


class _Kept:
    """Hashes by their pieces, so that few need to be compared."""

    def __init__(self) -> None:
        self._by_piece: dict[tuple[int, int], list[tuple[int, str]]] = {}

    def add(self, name: str, value: int) -> None:
        for piece in _pieces(value):
            self._by_piece.setdefault(piece, []).append((value, name))

    def like(self, likeness: Likeness) -> str | None:
        for value in (likeness.upright, likeness.mirrored):
            for piece in _pieces(value):
                for other, name in self._by_piece.get(piece, ()):
                    if (value ^ other).bit_count() <= MOST_DISTANCE:
                        return name
        return None


def _pieces(value: int) -> Iterator[tuple[int, int]]:
    for place in range(_PIECES):
        yield place, value >> place * _PIECE_BITS & (1 << _PIECE_BITS) - 1


def _hash(small: Image.Image) -> int:
    greys = small.tobytes()
    value = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            place = row * (_SIDE + 1) + column
            value = value << 1 | (greys[place] < greys[place + 1])
    return value
