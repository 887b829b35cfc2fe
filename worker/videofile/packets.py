"""Coded frames on their way into a file, and how many of them are kept as bytes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Packet(NamedTuple):
    """One coded frame.

    Attributes:
        stamp: when it is shown, in ticks.
        is_key: whether it depends on no other.
        content: the code.
    """

    stamp: int
    is_key: bool
    content: bytes


def packed(packets: Iterable[Packet]) -> dict[str, NDArray[np.generic]]:
    """Return packets as arrays: stamps, flags, sizes, and all code in one."""
    listed = list(packets)
    code = b"".join(each.content for each in listed)
    return {
        "stamps": np.array([each.stamp for each in listed], np.int64),
        "keys": np.array([each.is_key for each in listed], np.uint8),
        "sizes": np.array([len(each.content) for each in listed], np.int64),
        "code": np.frombuffer(code, np.uint8),
    }


def unpacked(
    stamps: Sequence[int], keys: Sequence[int], sizes: Sequence[int], code: bytes
) -> list[Packet]:
    """Return what `packed` was given.

    Raises:
        ValueError: The arrays do not belong together.
    """
    if sum(sizes) != len(code):
        raise ValueError(f"{len(code)} bytes of code for sizes of {sum(sizes)}")
    ends = np.cumsum(np.array(sizes, np.int64)).tolist()
    return [
        Packet(stamp, bool(key), code[end - size : end])
        for stamp, key, size, end in zip(stamps, keys, sizes, ends, strict=True)
    ]
