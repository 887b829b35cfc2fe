"""The pictures in a Qt resource file, where they lie: what Debian's games carry.

Source: Qt 5's `qresource.cpp` and `rcc.cpp`: a tree of nodes, names in UTF-16, and data
with their length before them; all numbers are big-endian.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.preparation.sources.item import PICTURE_SUFFIXES, Item, Unusable

RESOURCE_SUFFIX = ".rcc"
_MAGIC = b"qres"
_VERSIONS = (1, 2, 3)
_COMPRESSED, _FOLDER, _COMPRESSED_BY_ZSTD = 1, 2, 4
#: A node: where its name is, flags, and four bytes twice of a folder, else of a file;
#: since version 2 a time follows.
_NODE = struct.Struct(">IHII")
_TIME_BYTES = 8
_MOST_NODES = 100_000


@dataclass(frozen=True)
class _Node:
    name: str
    flags: int
    first: int
    second: int

    @property
    def children(self) -> range:
        """The numbers of a folder's nodes: how many, and the first."""
        return range(self.second, self.second + self.first)


class _Tree:
    """The nodes of a file."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(_MAGIC):
            raise ValueError("it is no Qt resource file")
        version, tree, self.data, names = struct.unpack_from(">4I", content, 4)
        if version not in _VERSIONS:
            raise ValueError(f"its version is {version}, 1 to 3 are read")
        self._content, self._nodes, self._names = content, tree, names
        self._node_bytes = _NODE.size + (_TIME_BYTES if version > 1 else 0)

    def node(self, number: int) -> _Node:
        place = self._nodes + number * self._node_bytes
        name, flags, first, second = _NODE.unpack_from(self._content, place)
        return _Node(self._name(name) if number else "", flags, first, second)

    def files(self) -> Iterator[tuple[str, _Node]]:
        """Yield each file's path and node."""
        waiting = [(0, PurePosixPath())]
        for _ in range(_MOST_NODES):
            if not waiting:
                return
            number, path = waiting.pop()
            node = self.node(number)
            here = path / node.name
            if node.flags & _FOLDER:
                if len(waiting) + len(node.children) > _MOST_NODES:
                    break
                waiting += [(each, here) for each in node.children]
            else:
                yield here.as_posix(), node
        raise ValueError("it has too many files, or a loop")

    def _name(self, offset: int) -> str:
        place = self._names + offset
        (length,) = struct.unpack_from(">H", self._content, place)
        return self._content[place + 6 : place + 6 + 2 * length].decode("utf-16-be")

    def place_of(self, node: _Node) -> tuple[int, int]:
        """Return where a file's bytes begin, and how many there are."""
        place = self.data + node.second
        (length,) = struct.unpack_from(">I", self._content, place)
        if place + 4 + length > len(self._content):
            raise ValueError("it is cut off")
        return place + 4, length


def resource_items(path: Path, name: str, stamp: str) -> Iterator[Item | Unusable]:
    """Yield what a resource file holds; what is no picture is left out.

    Args:
        path: of the file.
        name: what it is called in the set.
        stamp: what changes with it.
    """
    try:
        tree = _Tree(path.read_bytes())
        for inner, node in tree.files():
            if PurePosixPath(inner).suffix.lower() not in PICTURE_SUFFIXES:
                continue
            if node.flags & (_COMPRESSED | _COMPRESSED_BY_ZSTD):
                yield Unusable(f"{name}/{inner}", "compressed within its file")
                continue
            offset, length = tree.place_of(node)
            yield Item(
                name=f"{name}/{inner}",
                path=path,
                stamp=f"{stamp} {offset}",
                offset=offset,
                length=length,
            )
    except (struct.error, UnicodeDecodeError, ValueError, OSError) as error:
        yield Unusable(name, f"no Qt resource file, or one that is damaged: {error}")
