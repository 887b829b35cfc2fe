"""Walks the sources: each picture gets a name that is the same on every run."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from app.preparation.options import SetKind
from app.preparation.sources.coco import coco_licences
from app.preparation.sources.item import PICTURE_SUFFIXES, Found, Item, Unusable
from app.preparation.sources.labels import csv_labels, path_labels
from app.preparation.sources.qt_resources import RESOURCE_SUFFIX, resource_items
from app.preparation.sources.shards import COMPRESSED_SUFFIXES, shard_items

_Labels = dict[str, dict[str, str]]
_ReadLabels = Callable[[Path], Iterable[tuple[str, dict[str, str]]]]
_ReadShard = Callable[[Path, str, str], Iterable[Item | Unusable]]
NamedLabels = Callable[[str], dict[str, str]]
#: Files that hold many pictures, and who finds these in them.
_SHARDS: dict[str, _ReadShard] = {
    ".tar": shard_items,
    RESOURCE_SUFFIX: resource_items,
}


def find_items(
    sources: Sequence[Path], kind: SetKind, labels: NamedLabels = lambda _: {}
) -> Found:
    """Return everything that is in the sources, in the order of its names.

    Args:
        sources: folders, shards or single pictures.
        kind: of the set: only a style's paths are read as labels.
        labels: what is known of a picture by its name; what lies beside it says more.

    Raises:
        OSError: a source is not there, or cannot be read.
    """
    found = Found()
    names: dict[str, int] = {}
    for source in sources:
        root = source.resolve(strict=True)
        names[root.name] = names.get(root.name, 0) + 1
        repeated = "" if names[root.name] == 1 else f"~{names[root.name]}"
        _Walk(found, root, f"{root.name}{repeated}", kind).walk()
    for item in found.items:
        item.labels.update(labels(item.name) | item.labels)
    found.items.sort(key=lambda item: item.name)
    found.unusable.sort(key=lambda each: each.name)
    return found


class _Walk:
    """One source."""

    def __init__(self, found: Found, root: Path, label: str, kind: SetKind) -> None:
        self._found, self._root, self._label, self._kind = found, root, label, kind
        self._labels: _Labels = {}

    def walk(self) -> None:
        if not self._root.is_dir():
            self._file(self._root, self._label)
            return
        os.scandir(self._root).close()  # a source that cannot be read is an error
        self._labels = self._read_labels()
        for path, name in self._paths():
            self._file(path, name)

    def _paths(self) -> Iterator[tuple[Path, str]]:
        """Yield files and links, folder by folder; what cannot be read is noted."""
        for folder, folders, files in os.walk(self._root, onerror=self._unreadable):
            folders.sort()
            here = Path(folder)
            links = [each for each in folders if (here / each).is_symlink()]
            for name in links:
                self._refuse(here / name, "a link to a folder; links are not followed")
            for name in sorted(files):
                path = here / name
                yield path, self._name(path)

    def _file(self, path: Path, name: str) -> None:
        ending = path.suffix.lower()
        if ending in _SHARDS:
            self._shard(path, name, _SHARDS[ending])
        elif ending in COMPRESSED_SUFFIXES:
            self._refuse(path, "a compressed archive; decompress it to a .tar first")
        elif ending not in PICTURE_SUFFIXES:
            endings = self._found.passed_over
            endings[ending] = endings.get(ending, 0) + 1
        elif (stamp := self._stamp(path)) is not None:
            labels = self._labels_of(path)
            item = Item(name=name, path=path, stamp=stamp, labels=labels)
            self._found.items.append(item)

    def _shard(self, path: Path, name: str, read: _ReadShard) -> None:
        stamp = self._stamp(path)
        if stamp is None:
            return
        for each in read(path, name, stamp):
            if isinstance(each, Unusable):
                self._found.unusable.append(each)
                continue
            inner = Path(each.name.removeprefix(f"{name}/"))
            each.labels.update(self._path_labels(inner))
            self._found.items.append(each)

    def _stamp(self, path: Path) -> str | None:
        """Return what changes with a file; None, and a note, if it is none to read."""
        try:
            if path.is_symlink() and not path.resolve().is_relative_to(self._root):
                self._refuse(path, "a link that leads out of its source")
                return None
            facts = path.stat()
        except (OSError, RuntimeError) as error:  # a loop of links is either
            why = getattr(error, "strerror", None) or "a loop of links"
            self._refuse(path, f"cannot be looked at: {why}")
            return None
        if not stat.S_ISREG(facts.st_mode):
            self._refuse(path, "no regular file")
            return None
        return f"{facts.st_size} {facts.st_mtime_ns}"

    def _read_labels(self) -> _Labels:
        labels: _Labels = {}
        for path in sorted(self._root.glob("annotations/*.json")):
            self._merge(labels, path, coco_licences)
        for path in sorted(self._root.glob("*.csv")):
            self._merge(labels, path, csv_labels)
        return labels

    def _merge(self, labels: _Labels, path: Path, read: _ReadLabels) -> None:
        try:
            for name, each in read(path):
                labels.setdefault(name, {}).update(each)
        except (OSError, ValueError) as error:
            self._refuse(path, f"cannot be read for licences and names: {error}")

    def _labels_of(self, path: Path) -> dict[str, str]:
        inner = path.relative_to(self._root) if path != self._root else Path(path.name)
        told = self._labels.get(inner.as_posix()) or self._labels.get(path.name) or {}
        return self._path_labels(inner) | told

    def _path_labels(self, inner: Path) -> dict[str, str]:
        return path_labels(inner) if self._kind is SetKind.STYLE else {}

    def _name(self, path: Path) -> str:
        return f"{self._label}/{path.relative_to(self._root).as_posix()}"

    def _refuse(self, path: Path, reason: str) -> None:
        name = self._label if path == self._root else self._name(path)
        self._found.unusable.append(Unusable(name, reason))

    def _unreadable(self, error: OSError) -> None:
        why = error.strerror or str(error)
        self._refuse(Path(error.filename), f"cannot be opened: {why}")
