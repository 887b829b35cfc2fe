"""Headers of PLY files: which elements follow, of which properties, in which bytes.

Standard library alone: the API checks headers without numpy, the engine reads bodies by
the same description. Source: Greg Turk 1994, "The PLY Polygon File Format".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: So much of a file may be header: 45 harmonics take 2 KiB, comments a few more.
MAX_HEADER_BYTES = 64 * 2**10
MAGIC = b"ply"
_END = b"end_header"
#: More elements or properties than any program writes.
_MOST_PARTS = 1024
_LARGEST_COUNT = 2**53
_LONGEST_ECHO = 60

#: By name and by alias: the code of `struct` and of numpy.
SCALAR_CODES = {
    **dict.fromkeys(("char", "int8"), "b"),
    **dict.fromkeys(("uchar", "uint8"), "B"),
    **dict.fromkeys(("short", "int16"), "h"),
    **dict.fromkeys(("ushort", "uint16"), "H"),
    **dict.fromkeys(("int", "int32"), "i"),
    **dict.fromkeys(("uint", "uint32"), "I"),
    **dict.fromkeys(("float", "float32"), "f"),
    **dict.fromkeys(("double", "float64"), "d"),
}
SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "d": 8}
#: How programs call the channels of a colour, the usual name first.
COLOR_NAMES = (
    ("red", "green", "blue"),
    ("diffuse_red", "diffuse_green", "diffuse_blue"),
    ("r", "g", "b"),
)
#: The constant part of a Gaussian's colour.
SPLAT_COLOR = ("f_dc_0", "f_dc_1", "f_dc_2")
SPLAT_SHAPE = (
    *("opacity", "scale_0", "scale_1", "scale_2"),
    *("rot_0", "rot_1", "rot_2", "rot_3"),
)
PLACE = ("x", "y", "z")


class UnreadableCloudError(ValueError):
    """A file is broken; the message names the line or the byte."""


class Encoding(StrEnum):
    """How the body is written."""

    ASCII = "ascii"
    LITTLE = "binary_little_endian"
    BIG = "binary_big_endian"

    @property
    def order(self) -> str:
        """The byte order, as `struct` and numpy write it; that of ascii is ours."""
        return ">" if self is Encoding.BIG else "<"


@dataclass(frozen=True)
class Property:
    """One property of an element.

    Attributes:
        name: of it.
        code: of its values.
        count_code: of a list's length; None of a scalar.
    """

    name: str
    code: str
    count_code: str | None = None

    @property
    def least_bytes(self) -> int:
        """In a binary body; an empty list has its length alone."""
        return SIZES[self.count_code or self.code]


@dataclass(frozen=True)
class Element:
    """Rows of equal properties."""

    name: str
    count: int
    properties: tuple[Property, ...] = ()

    @property
    def has_lists(self) -> bool:
        """Whether its rows differ in length."""
        return any(each.count_code is not None for each in self.properties)

    @property
    def row_bytes(self) -> int:
        """Of a binary row; the least that one can have where there are lists."""
        return sum(each.least_bytes for each in self.properties)

    def offset(self, name: str) -> int:
        """Return where a property begins in a binary row without lists."""
        offset = 0
        for each in self.properties:
            if each.name == name:
                return offset
            offset += each.least_bytes
        raise KeyError(name)

    def index(self, name: str) -> int:
        """Return which property it is, from 0."""
        return [each.name for each in self.properties].index(name)

    def code(self, name: str) -> str:
        """Return the code of a property's values."""
        return self.properties[self.index(name)].code

    def has(self, *names: str) -> bool:
        """Tell whether these are scalar properties of it."""
        scalars = {e.name for e in self.properties if e.count_code is None}
        return scalars.issuperset(names)


@dataclass(frozen=True)
class PlyHeader:
    """What a header says.

    Attributes:
        encoding: of the body.
        elements: in the order of the body.
        length: bytes of the header, its last line end included.
        lines: of the header.
    """

    encoding: Encoding
    elements: tuple[Element, ...]
    length: int
    lines: int

    @property
    def vertex(self) -> Element:
        """The points."""
        return next(each for each in self.elements if each.name == "vertex")

    @property
    def is_splat(self) -> bool:
        """Whether the points are Gaussians."""
        return self.vertex.has(*SPLAT_COLOR, *SPLAT_SHAPE)

    @property
    def color_names(self) -> tuple[str, str, str] | None:
        """The properties of the colour that is painted; None if there is none."""
        if self.is_splat:
            return SPLAT_COLOR
        found = (names for names in COLOR_NAMES if self.vertex.has(*names))
        return next(found, None)

    @property
    def least_bytes(self) -> int:
        """So many bytes the whole file must have at least."""
        if self.encoding is Encoding.ASCII:
            # A digit and a space or line end for each value.
            rows = sum(2 * len(e.properties) * e.count for e in self.elements)
            return self.length + max(0, rows - 1)
        return self.length + sum(e.row_bytes * e.count for e in self.elements)


def read_ply_header(head: bytes) -> PlyHeader:
    """Return what the header at the beginning of a file says.

    Args:
        head: the file's first `MAX_HEADER_BYTES`, or all of it.

    Raises:
        UnreadableCloudError: it is broken, too long, or has no points with places.
    """
    lines, length = _lines(head)
    if not lines or lines[0].strip() != "ply":
        raise UnreadableCloudError("line 1: a PLY file begins with a line ply")
    encoding = _encoding(lines[1] if len(lines) > 1 else "")
    elements = _elements(lines)
    _require_points(elements)
    return PlyHeader(encoding, elements, length, len(lines))


def _lines(head: bytes) -> tuple[list[str], int]:
    """Return the lines up to the last one, and how many bytes they take."""
    start, lines = 0, []
    while True:
        end = head.find(b"\n", start)
        if end < 0:
            raise UnreadableCloudError(
                f"the header has no line end_header within its first "
                f"{min(len(head), MAX_HEADER_BYTES)} bytes"
            )
        line = head[start:end].removesuffix(b"\r")
        lines.append(line.decode("latin-1"))
        start = end + 1
        if line.strip() == _END:
            return lines, start


def _encoding(line: str) -> Encoding:
    words = line.split()
    allowed = [str(each) for each in Encoding]
    if len(words) != 3 or words[0] != "format" or words[1] not in allowed:
        raise UnreadableCloudError(
            f"line 2: {line[:_LONGEST_ECHO]!r} is no format; one of "
            f"{', '.join(allowed)} is allowed"
        )
    if words[2] != "1.0":
        raise UnreadableCloudError(
            f"line 2: version {words[2][:_LONGEST_ECHO]!r}; 1.0 is known"
        )
    return Encoding(words[1])


def _elements(lines: list[str]) -> tuple[Element, ...]:
    found: list[tuple[str, int, list[Property]]] = []
    for number, line in enumerate(lines[2:-1], start=3):
        words = line.split()
        if not words or words[0] in {"comment", "obj_info"}:
            continue
        if words[0] == "element":
            found.append((*_element(words, number, line), []))
        elif words[0] == "property":
            if not found:
                raise UnreadableCloudError(f"line {number}: a property of no element")
            found[-1][2].append(_property(words, number, line))
        else:
            raise UnreadableCloudError(
                f"line {number}: {line[:_LONGEST_ECHO]!r} is neither element, "
                "property, comment nor obj_info"
            )
        if len(found) > _MOST_PARTS or (found and len(found[-1][2]) > _MOST_PARTS):
            raise UnreadableCloudError(f"line {number}: more than {_MOST_PARTS} parts")
    for name, _, properties in found:
        names = [each.name for each in properties]
        for each in sorted({n for n in names if names.count(n) > 1}):
            raise UnreadableCloudError(f"element {name} has {each} twice")
    return tuple(Element(name, n, tuple(properties)) for name, n, properties in found)


def _element(words: list[str], number: int, line: str) -> tuple[str, int]:
    is_count = len(words) == 3 and words[2].isascii() and words[2].isdigit()
    if not is_count or len(words[2]) > 20 or int(words[2]) > _LARGEST_COUNT:
        raise UnreadableCloudError(
            f"line {number}: {line[:_LONGEST_ECHO]!r} is not: element NAME COUNT"
        )
    return words[1], int(words[2])


def _property(words: list[str], number: int, line: str) -> Property:
    *types, name = words[1:] or [""]
    is_list = types[:1] == ["list"]
    types = types[1:] if is_list else types
    if len(types) != (2 if is_list else 1):
        raise UnreadableCloudError(
            f"line {number}: {line[:_LONGEST_ECHO]!r} is no property"
        )
    for each in types:
        if each not in SCALAR_CODES:
            raise UnreadableCloudError(
                f"line {number}: type {each[:_LONGEST_ECHO]!r} is unknown; there is "
                f"{', '.join(SCALAR_CODES)}"
            )
    codes = [SCALAR_CODES[each] for each in types]
    if is_list and codes[0] in "fd":
        raise UnreadableCloudError(f"line {number}: a list's length is no whole number")
    return Property(name, codes[-1], codes[0] if is_list else None)


def _require_points(elements: tuple[Element, ...]) -> None:
    names = [each.name for each in elements]
    if names.count("vertex") != 1:
        raise UnreadableCloudError(
            f"there is no one element vertex, but {', '.join(names) or 'no element'}"
        )
    vertex = elements[names.index("vertex")]
    for axis in PLACE:
        lists = [e.name for e in vertex.properties if e.count_code is not None]
        if not vertex.has(axis):
            what = "is a list" if axis in lists else "is missing"
            raise UnreadableCloudError(f"the property {axis} of vertex {what}")


def skipped(header: PlyHeader) -> Iterator[Element]:
    """Yield the elements before the points."""
    for each in header.elements:
        if each.name == "vertex":
            return
        yield each
