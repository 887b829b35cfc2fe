"""The pictures of `impasto dataset demo`: free ones that this machine has.

Debian's package gcompris-qt-data, a game for children, brings 140 photographs of
animals and monuments and some paintings. Where it is not installed, there are the
photographs of the data set `builtin`.
"""

from dataclasses import dataclass
from pathlib import Path

from app.contract.datasets.builtin import PHOTOGRAPHS
from app.preparation.sources import NamedLabels
from app.preparation.sources.debian import DebianCopyright

PACKAGE = "gcompris-qt-data"
#: Those that have photographs; the others have drawings on white.
_FILES = (
    "clickgame.rcc",
    "details.rcc",
    "erase.rcc",
    "explore_farm_animals.rcc",
    "explore_monuments.rcc",
    "explore_world_animals.rcc",
    "explore_world_music.rcc",
)
_RESOURCES = Path("share/gcompris-qt/rcc")
_COPYRIGHT = Path("share/doc") / PACKAGE / "copyright"
#: Within the files, before the path in the package's source.
_BEFORE_SOURCE = "gcompris/"


@dataclass(frozen=True)
class Demonstration:
    """What there is.

    Attributes:
        paths: of the sources.
        labels: licence and maker of a picture, by the name that it gets in the set.
        is_package: whether they are the package's.
    """

    paths: list[Path]
    labels: NamedLabels
    is_package: bool


def demonstration(root: Path = Path("/usr")) -> Demonstration:
    """Return the package's pictures if it is installed, else those of `builtin`.

    Args:
        root: of the file system's part that packages are installed into.
    """
    files = [root / _RESOURCES / name for name in _FILES]
    if not all(file.is_file() for file in files):
        return _of_builtin()
    said = root / _COPYRIGHT
    text = said.read_text(errors="replace") if said.is_file() else ""
    told = DebianCopyright(text)

    def labels(name: str) -> dict[str, str]:
        return told.labels_of(name.partition(_BEFORE_SOURCE)[2])

    return Demonstration(files, labels, is_package=True)


def _of_builtin() -> Demonstration:
    found = {
        path: each for each in PHOTOGRAPHS if (path := each.location()) is not None
    }
    by_name = {path.name: each for path, each in found.items()}

    def labels(name: str) -> dict[str, str]:
        each = by_name[name]
        return {"licence": each.licence, "artist": each.artist}

    return Demonstration([*found], labels, is_package=False)
