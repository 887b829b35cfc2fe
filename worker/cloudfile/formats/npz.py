"""NPZ: archives of arrays; of the file with the colours only these differ.

All other arrays come back byte by byte, in the same order, packed as they were.
"""

import io
import zipfile

import numpy as np
from numpy.typing import NDArray

from app.contract.kinds.pointcloud.npz import Array, opened_npz, read_npz_header
from worker.cloudfile.cloud import Doubles, Floats, PointCloud
from worker.cloudfile.formats.levels import GREY, highest_float

_LEVELS = {"u1": 255.0, "u2": 65535.0}
#: Where colours are that are columns of the places' array.
_IN_WIDE_ROWS = slice(3, 6)
_NEW_ARRAY = "colors.npy"


def read_npz(content: bytes) -> PointCloud:
    """Return the points of an archive.

    Raises:
        UnreadableCloudError: it is broken, too large unpacked, or has no places.
    """
    with opened_npz(io.BytesIO(content)) as archive:
        header = read_npz_header(archive)
        names = {a.name: f"{a.name}.npy" for a in (header.places, header.colors) if a}
        files = {name: archive.read(path) for name, path in names.items()}
    places = header.places
    positions = np.asarray(_values(places, files[places.name])[:, :3], np.float64)
    colors = places if header.has_wide_rows else header.colors
    if colors is None:
        return _uncolored(content, positions)
    columns = _IN_WIDE_ROWS if header.has_wide_rows else slice(0, 3)
    raw = files[colors.name]
    values = np.asarray(_values(colors, raw)[:, columns], np.float64)
    level = _level(colors, values)

    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics  # points have none
        changed = bytearray(raw)
        wanted = painted.astype(np.float64) * level
        wanted = np.rint(wanted) if colors.kind in _LEVELS else wanted
        _values(colors, changed)[:, columns] = wanted
        return _repacked(content, {f"{colors.name}.npy": bytes(changed)})

    shown = np.clip(values / level, 0, 1).astype(np.float32)
    return PointCloud(positions, shown, None, write)


def _values(array: Array, raw: bytes | bytearray) -> NDArray[np.generic]:
    """Return the values of an array where they stand in its file."""
    return np.ndarray(
        array.shape,
        np.dtype(array.order + array.kind),
        raw,
        array.start,
        order="F" if array.is_fortran else "C",
    )


def _level(array: Array, values: Doubles) -> float:
    """Return the number that means full light: by the type, of floats by their size."""
    if array.kind in _LEVELS:
        return _LEVELS[array.kind]
    return highest_float(values, ("red", "green", "blue"))


def _uncolored(content: bytes, positions: Doubles) -> PointCloud:
    def write(painted: Floats, harmonics: Floats | None) -> bytes:
        del harmonics
        file = io.BytesIO()
        levels = np.rint(np.clip(painted, 0, 1) * 255).astype(np.uint8)
        np.save(file, levels)
        return _repacked(content, {_NEW_ARRAY: file.getvalue()})

    grey = np.full((len(positions), 3), GREY, np.float32)
    return PointCloud(positions, grey, None, write)


def _repacked(content: bytes, changed: dict[str, bytes]) -> bytes:
    """Return an archive with some files changed, or new at its end."""
    made = io.BytesIO()
    with (
        opened_npz(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w") as new,
    ):
        infos = old.infolist()
        for info in infos:
            new.writestr(info, changed.get(info.filename) or old.read(info))
        for name in changed.keys() - {info.filename for info in infos}:
            # The time of the first, so that equal jobs make equal bytes.
            info = zipfile.ZipInfo(name, infos[0].date_time)
            info.compress_type = infos[0].compress_type
            new.writestr(info, changed[name])
    return made.getvalue()
