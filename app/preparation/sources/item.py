"""A picture where it was found, before anybody has looked into it."""

from dataclasses import dataclass, field
from pathlib import Path

#: Files whose names end so are taken for pictures, until they are opened.
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".avif"}
    # These are refused in words, not passed over.
    | {".gif", ".bmp", ".tif", ".tiff", ".jp2", ".jxl"}
)


@dataclass(frozen=True, kw_only=True)
class Item:
    """Some bytes of a file.

    Attributes:
        name: of the picture, after its source's: `photos/sea/1.jpg`, `a.tar/1.jpg`.
        path: of the file.
        offset: of the first byte, within a shard.
        length: in bytes; None for all of the file.
        stamp: changes with the file's content.
        labels: licence, artist and style, as far as they are known.
    """

    name: str
    path: Path
    stamp: str
    offset: int = 0
    length: int | None = None
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unusable:
    """Something that looked like a picture, or a place for them, and is none."""

    name: str
    reason: str


@dataclass
class Found:
    """What there is in all sources.

    Attributes:
        passed_over: files that are no pictures, by the ending of their names.
    """

    items: list[Item] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
