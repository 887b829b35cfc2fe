"""Writes HEICs box by box: good ones around pixels of others, and impossible ones."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "heic"
Property = tuple[bytes, bytes]


def stored(name: str) -> bytes:
    """Return one of the files that `tests/heic/make.py` made."""
    return (FOLDER / name).read_bytes()


def box(name: bytes, *body: bytes) -> bytes:
    content = b"".join(body)
    return struct.pack(">I4s", 8 + len(content), name) + content


def full_box(name: bytes, *body: bytes, version: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24), *body)


def ispe(width: int, height: int) -> Property:
    return b"ispe", struct.pack(">III", 0, width, height)


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    """Return the content of a grid, with numbers of 32 bits."""
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


@dataclass(frozen=True)
class Item:
    kind: bytes = b"hvc1"
    content: bytes = b"\0" * 40
    properties: Sequence[Property] = ()
    #: Kind of the reference, and to which items.
    references: Mapping[bytes, Sequence[int]] = field(default_factory=dict)


def coded(width: int = 96, height: int = 64, **more: object) -> Item:
    """Return the red corner of `plain.heic`, whose size is 96 x 64 in truth."""
    plain = stored("plain.heic")
    start = plain.index(b"hvcC") + 4
    record = plain[start : start + _length(plain, start - 8) - 8]
    content = plain[plain.index(b"mdat") + 4 :]
    properties = [(b"hvcC", record), ispe(width, height)]
    return Item(content=content, properties=properties, **more)  # type: ignore[arg-type]


def _length(content: bytes, start: int) -> int:
    return int.from_bytes(content[start : start + 4])


def heif(
    items: Mapping[int, Item],
    *,
    primary: int = 1,
    brand: bytes = b"heic",
    extra: Sequence[bytes] = (),
) -> bytes:
    """Return a file of these items; `extra` are more boxes of its `meta`."""
    head = box(b"ftyp", brand, bytes(4), b"mif1", brand)
    # The places of the pixels follow from the length of what comes before.
    before = len(head) + len(_meta(items, primary, 0, extra)) + 8
    meta = _meta(items, primary, before, extra)
    return head + meta + box(b"mdat", *(each.content for each in items.values()))


def _meta(
    items: Mapping[int, Item], primary: int, start: int, extra: Sequence[bytes]
) -> bytes:
    places, known, associations = b"", b"", b""
    index = 0
    for number, item in items.items():
        places += struct.pack(">HHHII", number, 0, 1, start, len(item.content))
        start += len(item.content)
        associations += struct.pack(">HB", number, len(item.properties))
        for name, body in item.properties:
            index += 1
            known += box(name, body)
            associations += struct.pack(">H", index)
    count = struct.pack(">H", len(items))
    return full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", primary)),
        full_box(b"iloc", b"\x44\0", count, places),
        full_box(b"iinf", count, *(_entry(*each) for each in items.items())),
        _references(items),
        box(
            b"iprp",
            box(b"ipco", known),
            box(b"ipma", b"\0\0\0\1", struct.pack(">I", len(items)), associations),
        ),
        *extra,
    )


def _entry(number: int, item: Item) -> bytes:
    body = struct.pack(">HH", number, 0) + item.kind + b"\0"
    return full_box(b"infe", body, version=2)


def _references(items: Mapping[int, Item]) -> bytes:
    boxes = [
        box(kind, struct.pack(f">HH{len(to)}H", number, len(to), *to))
        for number, item in items.items()
        for kind, to in item.references.items()
    ]
    return full_box(b"iref", *boxes) if boxes else b""


def tiled(
    tile: Item, rows: int, columns: int, size: tuple[int, int], *, again: bool = False
) -> bytes:
    """Return a grid of such tiles; `again`: of one and the same."""
    count = rows * columns
    numbers = [2] * count if again else [*range(2, count + 2)]
    whole = Item(b"grid", grid(rows, columns, *size), [ispe(*size)], {b"dimg": numbers})
    return heif({1: whole, **dict.fromkeys(numbers, tile)})
