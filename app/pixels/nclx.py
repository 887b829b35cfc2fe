"""Colors that HEIC and AVIF name by numbers become a color profile.

Phones write Display P3 or Rec. 2020 in two numbers, without a profile. Curves for high
dynamic range (PQ, HLG) are not undone: they would need tone mapping.

Source: ITU-T H.273, tables 2 and 3; ICC.1:2022, 7.2, 9.2 and 10.
"""

import struct

_Xyz = tuple[float, float, float]
_D50: _Xyz = (0.9642, 1.0, 0.8249)
#: Red, green and blue by H.273's number, adapted to D50 (Bradford).
_PRIMARIES: dict[int, tuple[_Xyz, _Xyz, _Xyz]] = {
    1: ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)),
    9: ((0.6735, 0.2790, -0.0019), (0.1657, 0.6753, 0.0300), (0.1251, 0.0456, 0.7969)),
    12: ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)),
}
_SRGB_PRIMARIES, _SRGB_CURVE = 1, 13
#: Pure powers, and linear.
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile_of(primaries: int, transfer: int) -> bytes | None:
    """Return the profile, None if the colors are sRGB or not known.

    Args:
        primaries: H.273's ColourPrimaries.
        transfer: H.273's TransferCharacteristics; those of television are taken for
            sRGB's, as viewers do.
    """
    is_srgb = primaries == _SRGB_PRIMARIES and transfer not in _GAMMAS
    if is_srgb or primaries not in _PRIMARIES:
        return None
    curve = _curve(transfer)
    tags = {b"wtpt": _xyz(_D50)}
    for color, point in zip(b"rgb", _PRIMARIES[primaries], strict=True):
        tags[bytes([color]) + b"XYZ"] = _xyz(point)
        tags[bytes([color]) + b"TRC"] = curve
    return _profile(tags)


def _curve(transfer: int) -> bytes:
    if transfer in _GAMMAS:
        return b"para" + bytes(4) + struct.pack(">Hxx", 0) + _fixed(_GAMMAS[transfer])
    numbers = b"".join(_fixed(each) for each in _SRGB_PARAMETERS)
    return b"para" + bytes(4) + struct.pack(">Hxx", 3) + numbers


def _xyz(point: _Xyz) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(each) for each in point)


def _fixed(value: float) -> bytes:
    """Return a signed number of 16 bits and as many behind the point."""
    return struct.pack(">i", round(value * 2**16))


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """Return a profile of a display with these tags."""
    start = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", start + len(content), len(tag))
        content += tag
    length = start + len(content)
    head = struct.pack(">I4sI", length, bytes(4), 0x04000000) + b"mntrRGB XYZ "
    head += bytes(12) + b"acsp" + bytes(28) + _xyz(_D50)[8:]
    return head.ljust(128, b"\0") + table + content
