"""Reads a pack that anybody may have made, without anything that computes.

A pack is a safetensors file: eight bytes of length, a header in JSON, and numbers. All
of it is checked: that it has the tensors of a network that is known, whole, finite, and
nothing else. So a pack can do nothing but be a network.

Source: the safetensors format, https://huggingface.co/docs/safetensors.
"""

import hashlib
import json
import math
import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName
from app.contract.packs.info import PackInfo

PACK_TYPE = "application/x-safetensors"
#: The same network for other programs; made of the pack, never taken from anybody.
ONNX_TYPE = "application/onnx"
MAX_PACK_BYTES = 64 * 2**20
#: The only key of the header's texts: several would be written in any order.
PACK_KEY = "impasto"
PACK_FORMAT = "impasto-pack-1"
#: Of the header that safetensors itself reads, with ours in it.
_MAX_HEADER_BYTES = 2**16
_LENGTH_BYTES = 8
_FLOAT_BYTES = 4
_TEXTS = "__metadata__"


class PackUnreadableError(ValueError):
    """A file is no pack of ours, or is damaged; the message says why."""


@dataclass(frozen=True, kw_only=True)
class PackFacts:
    """What is known of a pack that was checked.

    Attributes:
        sha256: of its bytes, its identity.
        size_bytes: of the file.
        architecture: of its network.
        info: what it says of itself.
    """

    sha256: str
    size_bytes: int
    architecture: ArchitectureName
    info: PackInfo


def read_pack(content: bytes) -> PackFacts:
    """Return what is known of a pack.

    Raises:
        PackUnreadableError: It is none; the message says why.
    """
    if len(content) > MAX_PACK_BYTES:
        raise PackUnreadableError(
            f"the pack has {len(content)} bytes, may have {MAX_PACK_BYTES}"
        )
    table = _table(content)
    architecture, info = _described(table.pop(_TEXTS, None))
    shape = ARCHITECTURES[architecture]
    start = _LENGTH_BYTES + _header_bytes(content)
    _require_tensors(
        table, {**shape.kernel_shapes(), **shape.style_shapes()}, content[start:]
    )
    return PackFacts(
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        architecture=architecture,
        info=info,
    )


def tensors_of(content: bytes) -> dict[str, tuple[tuple[int, ...], bytes]]:
    """Return shape and numbers, little-endian float32, of each tensor by name.

    Args:
        content: a pack that `read_pack` has found sound.
    """
    table = _table(content)
    del table[_TEXTS]
    numbers = memoryview(content)[_LENGTH_BYTES + _header_bytes(content) :]
    return {
        name: (tuple(entry["shape"]), bytes(numbers[slice(*entry["data_offsets"])]))
        for name, entry in table.items()
    }


def _header_bytes(content: bytes) -> int:
    return int.from_bytes(content[:_LENGTH_BYTES], "little")


# Any: JSON of strangers.
def _table(content: bytes) -> dict[str, Any]:
    """Return the header: the tensors by name, and the texts."""
    length = _header_bytes(content)
    if len(content) < _LENGTH_BYTES + length or length > _MAX_HEADER_BYTES:
        raise PackUnreadableError(
            "the pack can not be read: it is no safetensors file of ours"
        )
    try:
        table = _json(content[_LENGTH_BYTES : _LENGTH_BYTES + length].decode())
    except (ValueError, RecursionError) as error:
        raise PackUnreadableError(
            "the pack can not be read: its header is no JSON"
        ) from error
    if not isinstance(table, dict):
        raise PackUnreadableError("the pack can not be read: its header is no table")
    return table


# Any: likewise.
def _described(texts: Any) -> tuple[ArchitectureName, PackInfo]:
    """Return what our own header says, which is JSON in one text of the file's."""
    try:
        header = dict(_json(texts[PACK_KEY]))
        found = header.pop("format", None)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PackUnreadableError(
            "the pack can not be read: its header is not ours"
        ) from error
    if found != PACK_FORMAT:
        raise PackUnreadableError(
            f"the pack's format is {found!r}, must be {PACK_FORMAT!r}"
        )
    try:
        return ArchitectureName(header.pop("architecture", None)), PackInfo(**header)
    except (ValueError, TypeError) as error:
        raise PackUnreadableError(f"the pack can not be read: {error}") from error


def _require_tensors(
    table: Mapping[str, Any],  # JSON of strangers
    shapes: Mapping[str, tuple[int, ...]],
    numbers: bytes,
) -> None:
    """Refuse other tensors than these, gaps between them, and what is not finite."""
    if table.keys() != shapes.keys():
        wrong = min(table.keys() ^ shapes.keys())
        raise PackUnreadableError(
            f"the pack has other tensors than its network, as {wrong[:80]!r}"
        )
    begin = 0
    for name in sorted(table, key=lambda name: _begin(table[name])):
        end = begin + _FLOAT_BYTES * math.prod(shapes[name])
        _require_tensor(name, table[name], shapes[name], [begin, end])
        _require_finite(name, numbers[begin:end])
        begin = end
    if begin != len(numbers):
        raise PackUnreadableError(
            f"the pack has {len(numbers)} bytes of numbers, must have {begin}"
        )


# Any: likewise.
def _begin(entry: Any) -> int:
    """Return where a tensor says that it begins; 0 if it says nothing sensible."""
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    begin = offsets[0] if isinstance(offsets, list) and offsets else 0
    return begin if isinstance(begin, int) else 0


def _require_tensor(
    name: str,
    entry: Any,  # JSON of strangers
    shape: tuple[int, ...],
    offsets: list[int],
) -> None:
    expected = {"dtype": "F32", "shape": list(shape), "data_offsets": offsets}
    if not isinstance(entry, dict) or entry.keys() != expected.keys():
        raise PackUnreadableError(f"{name} is not described as safetensors does")
    # As texts, for a float or a bool may equal an integer.
    if any(repr(entry[part]) != repr(expected[part]) for part in ("dtype", "shape")):
        found = f"{entry['dtype']} {entry['shape']}"[:80]
        raise PackUnreadableError(
            f"{name} is {found}, must be float32 (F32) {list(shape)}"
        )
    if repr(entry["data_offsets"]) != repr(offsets):
        raise PackUnreadableError(
            f"{name} stands at {str(entry['data_offsets'])[:80]}, must at {offsets}"
        )


def _require_finite(name: str, numbers: bytes) -> None:
    try:
        floats = array("f", numbers)
    except ValueError as error:
        raise PackUnreadableError(f"{name} is cut off") from error
    if sys.byteorder == "big":
        floats.byteswap()
    if not all(map(math.isfinite, floats)):
        raise PackUnreadableError(f"{name} has values that are not finite")


# Any: JSON of strangers.
def _json(text: str) -> Any:
    """Return what JSON holds; names that come twice are refused."""
    return json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice")
    return members
