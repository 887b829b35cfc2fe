"""The few forms of protobuf's wire format that an ONNX file is written in.

Source: https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Sequence

_VARINT, _BYTES, _FIXED_32 = 0, 2, 5
_WORD = 2**64


def integer(field: int, value: int) -> bytes:
    """Return a whole number, an int64 in two's complement."""
    return _varint(field << 3 | _VARINT) + _varint(value)


def integers(field: int, values: Sequence[int]) -> bytes:
    """Return whole numbers, packed."""
    return message(field, b"".join(map(_varint, values)))


def float32(field: int, little_endian: bytes) -> bytes:
    """Return a float of four bytes."""
    return _varint(field << 3 | _FIXED_32) + little_endian


def message(field: int, content: bytes) -> bytes:
    """Return bytes, or another message."""
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def text(field: int, words: str) -> bytes:
    """Return words, in UTF-8."""
    return message(field, words.encode())


def _varint(value: int) -> bytes:
    """Return seven bits a byte, the lowest first; the top bit says that more come."""
    value %= _WORD
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
