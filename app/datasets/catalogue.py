"""Finds data sets: each is a folder with a manifest, in the operator's directory.

Looked through anew each time, but a manifest is read again only once it has changed.
Opens no picture.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.contract.datasets import (
    BUILTIN,
    MANIFEST_FILE,
    ManifestError,
    Split,
    builtin_manifest,
    is_dataset_name,
    parse_manifest,
)
from app.contract.datasets.manifest import Manifest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DatasetFacts:
    """What is told of a data set.

    Attributes:
        sha256: of the manifest.
        licences: each once; pictures of unknown ones are left out.
    """

    name: str
    sha256: str
    pictures: int
    licences: tuple[str, ...]
    train: int
    held_out: int


class DatasetCatalogue:
    """The sets of a directory, which need not be there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._builtin = lru_cache(maxsize=1)(_builtin)

    def all(self) -> list[DatasetFacts]:
        """Return what there is by name, `builtin` first, without what is damaged."""
        found = map(_facts_in, _folders_in(self._folder))
        return [self._builtin(), *(each for each in found if each is not None)]

    @property
    def names(self) -> list[str]:
        """The names of those that there are."""
        return [each.name for each in self.all()]

    def find(self, name: str) -> DatasetFacts | None:
        """Return what is known of a set; None if there is none of that name."""
        if name == BUILTIN:
            return self._builtin()
        return _facts_in(self._folder / name) if is_dataset_name(name) else None


def _builtin() -> DatasetFacts:
    return _facts(BUILTIN, builtin_manifest())


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        logger.warning("datasets_unreadable: %s", error)
        return []


def _facts_in(folder: Path) -> DatasetFacts | None:
    """Return the facts of a folder; None, and a line in the log, if it is no set."""
    path = folder / MANIFEST_FILE
    if not is_dataset_name(folder.name) or folder.name == BUILTIN:
        return None
    try:
        facts = path.stat()
        return _read(path, facts.st_size, facts.st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ManifestError) as error:
        logger.warning("dataset_unreadable name=%s: %s", folder.name, error)
        return None


@lru_cache(maxsize=64)
def _read(path: Path, _size_bytes: int, _changed_ns: int) -> DatasetFacts:
    return _facts(path.parent.name, parse_manifest(path.read_bytes()))


def _facts(name: str, manifest: Manifest) -> DatasetFacts:
    return DatasetFacts(
        name=name,
        sha256=manifest.sha256,
        pictures=len(manifest.rows),
        licences=tuple(manifest.licences),
        train=manifest.count(Split.TRAIN),
        held_out=manifest.count(Split.HELD_OUT),
    )
