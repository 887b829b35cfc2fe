"""Files of states: tensors as safetensors, with a header of JSON of one's own."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from worker.engine.errors import StateError

_LENGTH_BYTES = 8


# Any: JSON.
def to_file(
    key: str, header: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> bytes:
    """Return the file of a state whose header stands under this key."""
    return save(dict(tensors), {key: json.dumps(header)})


def from_file(key: str, content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the header and the tensors.

    A file starts with the length and the JSON of safetensors' header.
    """
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    texts = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])
    return dict(json.loads(texts["__metadata__"][key])), load(content)


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Raise StateError for whatever damaged bytes lead to."""
    try:
        yield
    except (
        SafetensorError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise StateError(f"the state can not be read: {error}") from error


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors as a file can hold them."""
    return {name: each.contiguous() for name, each in tensors.items()}


def checksum_of(fields: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> int:
    """Return a number that damage changes; safetensors' format has none."""
    checksum = zlib.crc32(json.dumps(fields, sort_keys=True).encode())
    for name in sorted(tensors):
        checksum = zlib.crc32(name.encode(), checksum)
        checksum = zlib.crc32(tensors[name].numpy().tobytes(), checksum)
    return checksum
