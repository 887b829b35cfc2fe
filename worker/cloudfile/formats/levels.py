"""Which number means full light, where a file's types do not say it."""

from collections.abc import Sequence

import numpy as np

from app.contract.kinds.pointcloud.ply import UnreadableCloudError
from worker.cloudfile.cloud import Doubles

#: What a cloud without colours is painted from.
GREY = 0.5
#: Where floats are larger than this, they count from 0 to 255.
_LARGEST_UNIT = 1.5
_LARGEST_BYTE = 255.5
_BYTE, _SHORT = 255.0, 65535.0


def highest_float(values: Doubles, names: Sequence[str]) -> float:
    """Return 1 or 255, by how large numbers (N, C) are.

    Args:
        values: of any number of channels.
        names: of the channels, for the refusal.

    Raises:
        UnreadableCloudError: a number is above 255, below -255, or none.
    """
    is_bad = ~np.isfinite(values) | (np.abs(values) > _LARGEST_BYTE)
    _refuse(values, is_bad, names, "0 to 1 or 0 to 255")
    return _BYTE if values.size and values.max() > _LARGEST_UNIT else 1.0


def highest_whole(values: Doubles, names: Sequence[str]) -> float:
    """Return 255 or 65535, by how large whole numbers (N, C) are.

    Raises:
        UnreadableCloudError: a number is none of a byte or two.
    """
    is_bad = ~((values >= 0) & (values <= _SHORT))
    _refuse(values, is_bad, names, "0 to 255 or 0 to 65535")
    return _SHORT if values.size and values.max() > _BYTE else _BYTE


def _refuse(
    values: Doubles, is_bad: np.ndarray, names: Sequence[str], allowed: str
) -> None:
    if not is_bad.any():
        return
    point, channel = np.argwhere(is_bad)[0]
    raise UnreadableCloudError(
        f"point {point}: {names[channel]} is {values[point, channel]:.6g}; {allowed} "
        "are allowed"
    )
