"""The items of a HEIC or AVIF: pictures, previews, depth maps, tiles, their records.

Everything that a reader could be led astray by is refused: crowds of items, and items
whose bytes are not all there. Knows tables, no pictures.

Source: ISO/IEC 14496-12, 8.11 (meta); ISO/IEC 23008-12 (HEIF), 9.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.intake.boxes import DamagedError, Reader, boxes_of

#: As libheif itself.
_MOST_ITEMS, _MOST_EXTENTS = 1000, 32
#: Without pixels, which may be in there, too.
_MOST_META_BYTES = 2**20
#: Of an item's bytes, so many are kept: as many as a grid has.
_GRID_BYTES = 12
NOTHING = memoryview(b"")
_Property = tuple[bytes, memoryview]


@dataclass
class Item:
    """One item: its type, where its bytes are, and its properties by their names."""

    item_type: bytes
    content: bytes = b""
    properties: list[_Property] = field(default_factory=list)

    def first(self, name: bytes) -> bytes:
        """Return its first property of that name; nothing if it has none."""
        found = (body for each, body in self.properties if each == name)
        return bytes(next(found, b""))

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height.

        Raises:
            DamagedError: It does not say.
        """
        reader = Reader(memoryview(self.first(b"ispe")))
        reader.version()
        width, height = reader.uint(4), reader.uint(4)
        if not width or not height:
            raise DamagedError("a picture has no pixels")
        return width, height


@dataclass(frozen=True)
class Meta:
    """The items of a file, and which of them refer to which."""

    items: dict[int, Item]
    #: Type of the reference, from, to.
    references: list[tuple[bytes, int, list[int]]]
    primary: int

    def referred(self, reference_type: bytes, start: int) -> list[int]:
        """Return what an item refers to in a way."""
        found = (
            to
            for each, begin, to in self.references
            if (each, begin) == (reference_type, start)
        )
        return next(found, [])


def read_meta(body: memoryview, file: memoryview) -> Meta:
    """Return the items of a file's `meta`, which `body` is.

    Raises:
        DamagedError: It contradicts itself, is cut off, or has crowds of parts.
    """
    parts = {box.name: box.body for box in boxes_of(body, 4)}
    if len(body) - len(parts.get(b"idat", NOTHING)) > _MOST_META_BYTES:
        raise DamagedError("the table of its parts is huge")
    items = {
        number: Item(each) for number, each in _item_types(parts.get(b"iinf", NOTHING))
    }
    for number, content in _contents(parts.get(b"iloc", NOTHING), file, parts):
        if number in items:
            items[number].content = content
    for number, found in _properties(parts.get(b"iprp", NOTHING)):
        if number in items:
            items[number].properties += found
    reader = Reader(parts.get(b"pitm", NOTHING))
    version, _ = reader.version()
    primary = reader.uint(4 if version else 2)
    return Meta(items, list(_references(parts.get(b"iref"))), primary)


def _item_types(body: memoryview) -> Iterator[tuple[int, bytes]]:
    reader = Reader(body)
    version, _ = reader.version()
    count = reader.uint(4 if version else 2)
    if count > _MOST_ITEMS:
        raise DamagedError("there are too many items")
    for box in boxes_of(body, 8 if version else 6):
        entry = Reader(box.body)
        version, _ = entry.version()
        number = entry.uint(4 if version == 3 else 2)
        entry.take(2)
        yield number, entry.take(4)


def _contents(
    body: memoryview, file: memoryview, parts: dict[bytes, memoryview]
) -> Iterator[tuple[int, bytes]]:
    """Yield the first bytes of each item; all of them must be there."""
    reader = Reader(body)
    version, _ = reader.version()
    sizes, more = reader.uint(1), reader.uint(1)
    count = reader.uint(4 if version == 2 else 2)
    if version > 2 or count > _MOST_ITEMS:
        raise DamagedError("there are too many items")
    for _ in range(count):
        number = reader.uint(4 if version == 2 else 2)
        method = reader.uint(2) & 15 if version else 0
        reader.take(2)
        base = reader.uint(more >> 4)
        source = {0: file, 1: parts.get(b"idat", NOTHING)}.get(method, NOTHING)
        pieces = []
        for _ in range(_bounded(reader.uint(2))):
            if version:
                reader.take(more & 15)
            start = base + reader.uint(sizes >> 4)
            pieces.append(_piece(source, start, reader.uint(sizes & 15)))
        yield number, b"".join(bytes(each[:_GRID_BYTES]) for each in pieces)


def _bounded(extents: int) -> int:
    if extents > _MOST_EXTENTS:
        raise DamagedError("an item is in too many places")
    return extents


def _piece(source: memoryview, start: int, length: int) -> memoryview:
    """Return the bytes; a length of 0 is all that follows."""
    if start + max(length, 1) > len(source):
        raise DamagedError("it is cut off")
    return source[start : start + length] if length else source[start:]


def _properties(body: memoryview) -> Iterator[tuple[int, list[_Property]]]:
    """Yield numbers of items and what belongs to them. Source: HEIF, 9.3."""
    known: list[_Property] = []
    for box in boxes_of(body):
        if box.name == b"ipco":
            known = [(each.name, each.body) for each in boxes_of(box.body)]
        elif box.name == b"ipma":
            yield from _associations(box.body, known)


def _associations(
    body: memoryview, known: list[_Property]
) -> Iterator[tuple[int, list[_Property]]]:
    reader = Reader(body)
    version, flags = reader.version()
    width = 2 if flags & 1 else 1
    count = reader.uint(4)
    if count > _MOST_ITEMS:
        raise DamagedError("there are too many items")
    for _ in range(count):
        number = reader.uint(4 if version else 2)
        mask = 2 ** (8 * width - 1) - 1  # the first bit says that it is essential
        indices = [reader.uint(width) & mask for _ in range(reader.uint(1))]
        yield number, [known[each - 1] for each in indices if 0 < each <= len(known)]


def _references(body: memoryview | None) -> Iterator[tuple[bytes, int, list[int]]]:
    if body is None:
        return
    version, _ = Reader(body).version()
    width = 4 if version else 2
    for box in boxes_of(body, 4):
        reader = Reader(box.body)
        start = reader.uint(width)
        yield box.name, start, [reader.uint(width) for _ in range(reader.uint(2))]
