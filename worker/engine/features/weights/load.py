"""One entry: the weights of a network from wherever the operator lets us look.

Decides in which order the sources are asked; each source judges for itself.
"""

import re
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from worker.engine.errors import WeightsError
from worker.engine.features.extractor import InterruptionCheck, uninterrupted
from worker.engine.features.weights.cache import WeightsCache
from worker.engine.features.weights.download import download as fetch
from worker.engine.features.weights.download import official_address
from worker.engine.features.weights.identity import identify
from worker.engine.features.weights.networks import VggNetwork
from worker.engine.features.weights.package import SOURCE_SHA256, read_package
from worker.engine.features.weights.state_dict import read_state_dict
from worker.engine.features.weights.vgg_weights import VggWeights

_SHA256 = re.compile(r"[0-9a-f]{64}")


def load_weights(
    network: VggNetwork | str = VggNetwork.VGG19,
    *,
    cache_dir: Path | None = None,
    path: Path | None = None,
    sha256: str | None = None,
    download: bool = False,
    check: InterruptionCheck = uninterrupted,
) -> VggWeights:
    """Return the checked weights of a network, and keep them for the next time.

    A named file is always read. Without one, what was read before is taken from the
    cache. VGG19 without any choice is always the package's, whatever the cache has.

    Args:
        network: which one.
        cache_dir: where decoded weights are kept; the user's cache by default.
        path: of a file in torchvision's layout: *.pth, *.pt or *.safetensors.
        sha256: that the file (not the decoded weights) must have, 64 digits.
        download: whether torchvision's file may be fetched if it is needed.
        check: called with each megabyte that is fetched; may raise.

    Raises:
        WeightsError: there are none, or not the ones that were meant.
    """
    network = _known(network)
    wanted = _well_formed(sha256)
    cache = WeightsCache(cache_dir or user_cache_path("impasto"))
    if path is not None:
        return _from_file(path, network, wanted, cache)
    if wanted is None and network is VggNetwork.VGG19:
        wanted = SOURCE_SHA256
    cached = cache.read(network, wanted)
    if cached is not None:
        return cached
    if network is VggNetwork.VGG19 and wanted == SOURCE_SHA256:
        weights = read_package()
        cache.write(weights, SOURCE_SHA256)
        return weights
    if download:
        return _from_torchvision(network, wanted, cache, check)
    which = f"with source SHA-256 {wanted} " if wanted else ""
    raise WeightsError(
        f"no weights of {network} {which}are kept here: take "
        f"{network.description.origin}"
    )


def _known(network: VggNetwork | str) -> VggNetwork:
    try:
        return VggNetwork(network)
    except ValueError as error:
        raise WeightsError(
            f"network is {network!r}, must be one of: {', '.join(VggNetwork)}"
        ) from error


def _well_formed(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    digits = sha256.strip().lower()
    if not _SHA256.fullmatch(digits):
        raise WeightsError(f"SHA-256 is {sha256!r}, must be 64 hexadecimal digits")
    return digits


def _from_file(
    path: Path, network: VggNetwork, sha256: str | None, cache: WeightsCache
) -> VggWeights:
    source_sha256 = identify(path, network, sha256)
    weights = read_state_dict(path, network)
    cache.write(weights, source_sha256)
    return weights


def _from_torchvision(
    network: VggNetwork,
    sha256: str | None,
    cache: WeightsCache,
    check: InterruptionCheck,
) -> VggWeights:
    """Fetch, check and decode; the fetched half gigabyte is not kept."""
    url = official_address(network)
    known = network.description.published_sha256
    if sha256 is None and _SHA256.fullmatch(known):
        sha256 = known
    with tempfile.TemporaryDirectory(prefix="impasto-weights-") as folder:
        return _from_file(fetch(url, Path(folder), check=check), network, sha256, cache)
