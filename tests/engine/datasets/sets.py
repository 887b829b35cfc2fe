"""Small data sets, written as `impasto dataset prepare` writes them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from app.contract.datasets import (
    MANIFEST_FILE,
    PictureRow,
    Split,
    manifest_of,
)


def write_set(folder: Path, sizes: Iterable[tuple[int, int]]) -> Path:
    """Write noise of these (width, height) and its manifest; return the folder."""
    folder.mkdir(parents=True)
    rows = []
    for index, (width, height) in enumerate(sizes):
        levels = np.random.default_rng(index).integers(0, 256, (height, width, 3))
        path = folder / f"{index}.png"
        Image.fromarray(levels.astype(np.uint8)).save(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append(
            PictureRow(
                file=path.name,
                sha256=sha256,
                width=width,
                height=height,
                source=path.name,
                source_sha256=sha256,
                split=Split.TRAIN,
            )
        )
    (folder / MANIFEST_FILE).write_bytes(manifest_of(rows).content)
    return folder
