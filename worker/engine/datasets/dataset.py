"""A data set as it lies on a disk: its list, and its pictures, each checked when read.

Nothing is decoded on opening, so that a set of 100,000 pictures opens in seconds.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from app.contract.datasets import (
    BUILTIN,
    MANIFEST_FILE,
    ManifestError,
    PictureRow,
    Split,
    builtin_manifest,
    is_dataset_name,
    parse_manifest,
)
from app.contract.datasets.builtin import RENDERING_SIDE_PX, location_of, seed_of
from worker.engine.datasets.renderings import rendering
from worker.engine.errors import DatasetError
from worker.engine.images import upright_rgb


@dataclass(frozen=True)
class Dataset:
    """Pictures with a name.

    Attributes:
        name: `builtin`, or the folder's.
        sha256: of the manifest: equal ones have equal pictures in equal order.
        pictures: as the manifest lists them.
        read: returns a picture of the set as RGB, upright.
    """

    name: str
    sha256: str
    pictures: tuple[PictureRow, ...]
    read: Callable[[PictureRow], Image.Image]

    def of(self, split: Split) -> tuple[PictureRow, ...]:
        """Return the pictures of a split, in their order."""
        return tuple(row for row in self.pictures if row.split is split)


def open_dataset(name: str, folder: Path | None = None) -> Dataset:
    """Return a data set by its name.

    Args:
        name: `builtin`, or a folder's in `folder`.
        folder: where prepared sets lie; None if there is none.

    Raises:
        DatasetError: there is no such set, or its list is damaged.
    """
    if name == BUILTIN:
        return _builtin()
    if folder is None or not is_dataset_name(name):
        raise DatasetError(f"there is no data set {name!r}: {BUILTIN} is always there")
    return read_dataset(folder / name)


def read_dataset(folder: Path) -> Dataset:
    """Return the data set that was prepared into a folder.

    Raises:
        DatasetError: it is not there, or its list is damaged.
    """
    try:
        manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes())
    except OSError as error:
        raise DatasetError(
            f"{folder} is no data set ({error}): impasto dataset prepare makes one"
        ) from error
    except ManifestError as error:
        raise DatasetError(f"{folder}: {error}; prepare it again") from error

    def read(row: PictureRow) -> Image.Image:
        return _decoded(folder / row.file, row)

    return Dataset(folder.name, manifest.sha256, manifest.rows, read)


def _builtin() -> Dataset:
    manifest = builtin_manifest()
    return Dataset(BUILTIN, manifest.sha256, manifest.rows, _read_builtin)


def _read_builtin(row: PictureRow) -> Image.Image:
    seed = seed_of(row)
    if seed is not None:
        return rendering(seed, RENDERING_SIDE_PX)
    path = location_of(row)
    if path is None:
        raise DatasetError(f"{row.file} of {BUILTIN} is not there any more")
    return _decoded(path, row)


def _decoded(path: Path, row: PictureRow) -> Image.Image:
    """Return the picture, refused if it is not the one that the manifest means."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error}): put it back, or prepare the set again"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != row.sha256:
        raise DatasetError(
            f"{path} has SHA-256 {found}, must have {row.sha256}: the picture or the "
            "manifest was changed; prepare the set again"
        )
    try:
        with Image.open(io.BytesIO(content)) as picture:
            rgb = upright_rgb(picture)
    # Pillow's parsers raise almost anything.
    except Exception as error:
        raise DatasetError(f"{path} cannot be decoded: {error}") from error
    if rgb.size != (row.width, row.height):
        raise DatasetError(
            f"{path} has {rgb.width} x {rgb.height} pixels, must have {row.width} x "
            f"{row.height}: the manifest was changed; prepare the set again"
        )
    return rgb
