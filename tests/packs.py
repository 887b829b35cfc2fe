"""Packs written by hand, so that neither torch nor a network is needed for them."""

import json
import math
import struct
from array import array
from typing import Any

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName

#: Small, and unlike zero a style of a kind.
_NUMBER = 0.01


def a_pack(name: str = "waves", value: float = _NUMBER, **judgement: float) -> bytes:
    """Return a pack of the built-in shape whose every number is the same."""
    return packed(a_header(name, **judgement), value)


def a_header(name: str = "waves", **judgement: float) -> dict[str, Any]:
    """Return a sound header: what the file holds, and what it says of itself."""
    facts = {
        "format": "impasto-pack-1",
        "architecture": "multistyle",
        "name": name,
        "licence": "CC0-1.0",
        "origin": "tests",
        "judgement": judgement,
    }
    shape = ARCHITECTURES[ArchitectureName.MULTISTYLE]
    header: dict[str, Any] = {"__metadata__": {"impasto": json.dumps(facts)}}
    begin = 0
    for tensor, sides in {**shape.kernel_shapes(), **shape.style_shapes()}.items():
        offsets = [begin, begin + 4 * math.prod(sides)]
        header[tensor] = {"dtype": "F32", "shape": [*sides], "data_offsets": offsets}
        begin = offsets[1]
    return header


def packed(header: object, value: float = _NUMBER, numbers: int = 0) -> bytes:
    """Return the file of a header, whatever that says."""
    ends = [each.get("data_offsets", [0, 0])[1] for each in a_header().values()]
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    floats = array("f", [value] * (numbers or max(ends) // 4))
    return struct.pack("<Q", len(text)) + text + floats.tobytes()
