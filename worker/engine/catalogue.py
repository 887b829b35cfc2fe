"""All weights that the engine may use: where each is from, and whether it is here.

A network that looks at pictures has its row in `features.registry`, any other one in
`CATALOGUE`. Reads files and hashes, computes
nothing and never goes to the net by itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.contract.packs.architectures import ArchitectureName
from app.contract.painting.choices import Network
from worker.engine.errors import WeightsError
from worker.engine.features.backbone import Publication, Sources
from worker.engine.features.extractor import uninterrupted
from worker.engine.features.registry import BACKBONES, backbone
from worker.engine.features.weights.cache import read_tensors
from worker.engine.features.weights.lite0 import SOURCE as LITE0
from worker.engine.features.weights.lite0 import read_lite0
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.feedforward.weights import load_arbitrary, load_multistyle
from worker.engine.feedforward.weights.load import (
    ARBITRARY_PREDICT,
    ARBITRARY_TRANSFORM,
    MULTISTYLE,
    kept_name,
)

#: Puts weights into the cache: where that is, and whether they may be downloaded.
Fetch = Callable[[Path, bool], object]
_MAGENTA = "Magenta, TensorFlow Hub"


class Presence(StrEnum):
    """Whether weights can be used at once."""

    KEPT = "kept"  # decoded, in the cache
    PACKAGED = "packaged"  # in an installed package, decoded at their first use
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class WeightsEntry:
    """One file of numbers.

    Attributes:
        name: as `fetch` takes it.
        sha256: of the source's file, as many leading digits as are known.
        bytes: of that file; None if nobody said.
        origin: who made them.
        licence: under which they may be used; or what is not known of it.
        fetch: puts them, and what belongs to them, into the cache.
        kept: pattern of the names that they have in the cache.
        package: that carries them.
    """

    name: str
    sha256: str
    bytes: int | None
    origin: str
    licence: str
    fetch: Fetch
    kept: str
    package: PackagedFile | None = None

    def kept_in(self, folder: Path) -> list[Path]:
        """Return their decoded files in a cache."""
        return sorted(folder.glob(self.kept))

    def location(self, folder: Path) -> Path:
        """Return where they are: in a cache, or where their package has them.

        Raises:
            WeightsError: the package's file is not what it should be.
        """
        kept = self.kept_in(folder)
        if not kept and self.package is not None:
            return self.package.checked()
        return kept[0]

    def presence(self, folder: Path) -> Presence:
        """Tell whether they are here; their hashes are not looked at."""
        if self.kept_in(folder):
            return Presence.KEPT
        if self.package is not None and self.package.is_there():
            return Presence.PACKAGED
        return Presence.ABSENT

    def verified(self, folder: Path) -> Iterator[str]:
        """Yield each file that is here and is what it should be.

        Raises:
            WeightsError: one is not.
        """
        if self.package is not None and self.package.is_there():
            yield str(self.package.checked())
        for path in self.kept_in(folder):
            if read_tensors(path, {}) is None:
                raise WeightsError(
                    f"{path} is damaged: delete it, it is made again when it is needed"
                )
            yield str(path)


def _backbone(network: Network, published: Publication) -> WeightsEntry:
    def fetch(folder: Path, download: bool) -> object:  # noqa: FBT001 - see Fetch
        sources = Sources(cache_dir=folder, download=download)
        return backbone(network).load(sources, uninterrupted)

    return WeightsEntry(
        name=network.value,
        sha256=published.sha256,
        bytes=published.bytes,
        origin=published.origin,
        licence=published.licence,
        fetch=fetch,
        kept=published.kept,
        package=published.package,
    )


def _arbitrary(package: PackagedFile, bytes_: int) -> WeightsEntry:
    return WeightsEntry(
        name=Path(package.path).stem,
        sha256=package.sha256,
        bytes=bytes_,
        origin=f"{_MAGENTA}; package {package.pin}",
        licence="Apache-2.0",
        fetch=lambda folder, _download: load_arbitrary(folder),
        kept=kept_name(
            ArchitectureName.ARBITRARY, (ARBITRARY_TRANSFORM, ARBITRARY_PREDICT)
        ),
        package=package,
    )


MULTISTYLE_26 = WeightsEntry(
    name=Path(MULTISTYLE.path).stem,
    sha256=MULTISTYLE.sha256,
    bytes=751_171,
    origin=f"not certain, see NOTICE; package {MULTISTYLE.pin}",
    licence="of the numbers not known; the package MIT",
    fetch=lambda folder, _download: load_multistyle(folder),
    kept=kept_name(ArchitectureName.MULTISTYLE, (MULTISTYLE,)),
    package=MULTISTYLE,
)
ARBITRARY = _arbitrary(ARBITRARY_TRANSFORM, 387_796)
CATALOGUE: tuple[WeightsEntry, ...] = (
    *(
        _backbone(network, each.published)
        for network, each in BACKBONES.items()
        if each.published is not None
    ),
    WeightsEntry(
        name="efficientnet_lite0",
        sha256=LITE0.sha256,
        bytes=18_826_032,
        origin=f"ML Illustrated; package {LITE0.pin}",
        licence="Apache-2.0",
        fetch=lambda _folder, _download: read_lite0(),
        kept="efficientnet_lite0-*.safetensors",  # never: it is read at once
        package=LITE0,
    ),
    MULTISTYLE_26,
    ARBITRARY,
    _arbitrary(ARBITRARY_PREDICT, 2_638_752),
)


def entries_named(names: list[str]) -> tuple[WeightsEntry, ...]:
    """Return the rows of these names, all for none.

    Raises:
        WeightsError: there is no such row.
    """
    known = {entry.name: entry for entry in CATALOGUE}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise WeightsError(
            f"no weights are called {', '.join(unknown)}; there are {', '.join(known)}"
        )
    return tuple(known[name] for name in names) if names else CATALOGUE
