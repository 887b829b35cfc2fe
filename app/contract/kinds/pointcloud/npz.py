"""Clouds as archives of arrays, as `numpy.savez` writes them: what is in which array.

Standard library alone, as `ply`. Nothing is unpacked but the first bytes of each array,
and what says that it would be too large unpacked is refused before that. Source: NEP 1,
"A Simple File Format for NumPy Arrays".
"""

import ast
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from app.contract.kinds.pointcloud.limits import MAX_CLOUD_BYTES
from app.contract.kinds.pointcloud.ply import UnreadableCloudError

MAGIC = b"PK\3\4"
_ARRAY_MAGIC = b"\x93NUMPY"
#: Of all arrays together, unpacked.
MAX_UNPACKED_BYTES = MAX_CLOUD_BYTES
MAX_ARRAYS = 64
_MOST_DIRECTORY_BYTES = 2**16
_MOST_HEADER_BYTES = 4096
_END, _END_BYTES = b"PK\5\6", 22
_ENDING = ".npy"
_ECHO = 60
#: What arrays of places and colours are called, the usual name first.
PLACE_NAMES = ("points", "xyz", "positions", "coords", "vertices", "pos")
COLOR_NAMES = ("colors", "rgb", "color", "colours")
#: By the descriptions of NumPy: the code of `struct`, and the bytes of a value.
CODES = {
    "u1": ("B", 1),
    "u2": ("H", 2),
    "i2": ("h", 2),
    "i4": ("i", 4),
    "i8": ("q", 8),
    "f2": ("e", 2),
    "f4": ("f", 4),
    "f8": ("d", 8),
}
_COLOR_CODES = frozenset({"u1", "u2", "f4", "f8"})
#: What zipfile and its unpackers raise of bytes that are none of theirs.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, LookupError, struct.error),
)


@dataclass(frozen=True)
class Array:
    """One array of an archive.

    Attributes:
        name: without its ending.
        order: of bytes, `<` or `>` if `is_known`.
        kind: of its values, as NumPy says it: `f4`.
        shape: of it.
        is_fortran: whether columns lie together, and not rows.
        start: of the values in its file.
    """

    name: str
    order: str
    kind: str
    shape: tuple[int, ...]
    is_fortran: bool
    start: int

    @property
    def is_known(self) -> bool:
        """Whether its values are numbers that are read; others are kept as they are."""
        return self.kind in CODES

    @property
    def data_bytes(self) -> int:
        """Of the values."""
        return math.prod(self.shape) * CODES[self.kind][1]


@dataclass(frozen=True)
class Archive:
    """What is in which array.

    Attributes:
        places: (N, 3) or wider; then the colours may be its columns 3 to 5.
        colors: (N, 3) or (N, 4); None if there are none, or beside the places.
        has_wide_rows: whether the colours are columns of `places`.
    """

    places: Array
    colors: Array | None
    has_wide_rows: bool

    @property
    def count(self) -> int:
        """Of points."""
        return self.places.shape[0]

    @property
    def told(self) -> list[str]:
        """The arrays that are read, for people."""
        arrays = [self.places.name] + ([self.colors.name] if self.colors else [])
        return [*arrays, *(["columns 4 to 6"] if self.has_wide_rows else [])]


def is_npz(head: bytes) -> bool:
    """Tell whether a file begins as an archive whose first file is an array."""
    if not head.startswith(MAGIC) or len(head) < 30:
        return False
    (length,) = struct.unpack_from("<H", head, 26)
    return head[30 : 30 + length].endswith(_ENDING.encode())


@contextmanager
def opened_npz(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open an archive that is neither broken nor too large unpacked.

    Raises:
        UnreadableCloudError: it is, here or while it is read.
    """
    _require_small_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            _require_small(archive)
            yield archive
    except UnreadableCloudError:
        raise
    except _BROKEN as error:
        raise UnreadableCloudError(f"the archive: {error}") from error


def _require_small(archive: zipfile.ZipFile) -> None:
    whole = sum(each.file_size for each in archive.infolist())
    if whole > MAX_UNPACKED_BYTES:
        raise UnreadableCloudError(
            f"the archive has {whole} bytes unpacked; {MAX_UNPACKED_BYTES} are allowed"
        )


def _require_small_directory(file: BinaryIO) -> None:
    """Refuse an archive of very many files before their list is read."""
    length = file.seek(0, 2)
    file.seek(max(0, length - _END_BYTES - 2**16))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + _END_BYTES:
        raise UnreadableCloudError(f"byte {length}: the archive has no directory")
    count, size = struct.unpack_from("<HI", tail, place + 10)
    if count > MAX_ARRAYS or size > _MOST_DIRECTORY_BYTES:
        raise UnreadableCloudError(
            f"the archive has {count} files; {MAX_ARRAYS} are allowed"
        )


def read_npz_header(archive: zipfile.ZipFile) -> Archive:
    """Return what is in which array of an archive.

    Raises:
        UnreadableCloudError: no array has places, or one has no sound header.
    """
    names = [each.filename for each in archive.infolist()]
    if len(set(names)) < len(names):
        raise UnreadableCloudError("the archive has a name twice")
    arrays = [_array(archive, name) for name in names if name.endswith(_ENDING)]
    places = _named(arrays, PLACE_NAMES, (3, None)) or _only(arrays)
    if places is None:
        shown = ", ".join(f"{a.name[:_ECHO]} {a.shape}" for a in arrays[:8])
        raise UnreadableCloudError(
            f"no array of places; one called {PLACE_NAMES[0]} of shape (N, 3) is "
            f"looked for, and there is {shown or 'no array'}"
        )
    if places.kind == "u1":
        raise UnreadableCloudError(f"the places in {places.name} are bytes")
    colors = _named(arrays, COLOR_NAMES, (3, 4))
    if colors is not None:
        _require_colors(colors, places)
    is_wide = colors is None and places.shape[1] in {6, 7} and places.kind[0] == "f"
    return Archive(places, colors, is_wide)


def _named(
    arrays: Sequence[Array], names: Sequence[str], widths: tuple[int, int | None]
) -> Array | None:
    """Return the array with the first of these names, if it has such rows."""
    least, most = widths
    by_name = {each.name.lower(): each for each in arrays}
    for found in (by_name[name] for name in names if name in by_name):
        if not found.is_known:
            raise UnreadableCloudError(
                f"{found.name} is of type {found.kind[:_ECHO]!r}; {', '.join(CODES)} "
                "are read"
            )
        if len(found.shape) != 2 or found.shape[1] < least:
            raise UnreadableCloudError(
                f"{found.name} has the shape {found.shape}; (N, {least}) is due"
            )
        if most is not None and found.shape[1] > most:
            raise UnreadableCloudError(
                f"{found.name} has the shape {found.shape}; (N, {most}) is allowed"
            )
        return found
    return None


def _only(arrays: Sequence[Array]) -> Array | None:
    """Return the one array with rows of places, whatever it is called."""
    found = [a for a in arrays if len(a.shape) == 2 and a.shape[1] >= 3]
    found = [a for a in found if a.is_known and a.kind.startswith("f")]
    return found[0] if len(found) == 1 else None


def _require_colors(colors: Array, places: Array) -> None:
    if colors.shape[0] != places.shape[0]:
        raise UnreadableCloudError(
            f"{colors.name} has {colors.shape[0]} rows, {places.name} has "
            f"{places.shape[0]}"
        )
    if colors.kind not in _COLOR_CODES:
        raise UnreadableCloudError(
            f"{colors.name} is of type {colors.kind}; "
            f"{', '.join(sorted(_COLOR_CODES))} are allowed"
        )


def _array(archive: zipfile.ZipFile, name: str) -> Array:
    with archive.open(name) as file:
        head = file.read(_MOST_HEADER_BYTES)
    short = name[:_ECHO].removesuffix(_ENDING)
    if not head.startswith(_ARRAY_MAGIC) or len(head) < 12:
        raise UnreadableCloudError(f"{short} is no array of NumPy's")
    is_first = head[6] == 1
    (length,) = struct.unpack_from("<H" if is_first else "<I", head, 8)
    begin = 10 if is_first else 12
    order, kind, shape, is_fortran = _described(head[begin : begin + length], short)
    full = name.removesuffix(_ENDING)
    found = Array(full, order, kind, shape, is_fortran, begin + length)
    size = archive.getinfo(name).file_size
    if found.is_known and size != (due := found.start + found.data_bytes):
        raise UnreadableCloudError(f"{short} has {size} bytes; its header says {due}")
    return found


def _described(text: bytes, name: str) -> tuple[str, str, tuple[int, ...], bool]:
    """Return the byte order, the type, the shape, and whether columns lie together."""
    try:
        told = ast.literal_eval(text.decode("latin-1").strip())
        described, shape = str(told["descr"]), tuple(map(int, told["shape"]))
        is_fortran = bool(told["fortran_order"])
    # Of very deep brackets the parser says that there is no memory.
    except (*_BROKEN, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise UnreadableCloudError(f"the header of {name} is broken") from error
    if min(shape, default=0) < 0:
        raise UnreadableCloudError(f"{name} has the shape {shape}")
    order, kind = described[:1], described[1:]
    return ("<" if order == "|" else order), kind, shape, is_fortran
