"""Checked weights, kept for the next start: one file for a network and a source.

A cache may be lost, cut or stale at any time; then it is as if there were none.
Knows nothing of where weights come from but the source's hash.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor

from worker.engine.errors import WeightsError
from worker.engine.features.weights.networks import VggNetwork
from worker.engine.features.weights.vgg_weights import VggWeights, digest
from worker.engine.files import write_atomically

logger = logging.getLogger(__name__)

#: Raised when the cached file's contents change in kind.
CACHE_FORMAT = "2"
#: Digits of the source's hash in a file's name; its metadata has them all.
_NAME_DIGITS = 8


class WeightsCache:
    """A folder of decoded weights.

    Args:
        folder: need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, network: VggNetwork, source_sha256: str) -> Path:
        """Return where the weights from that source are kept."""
        digits = source_sha256[:_NAME_DIGITS]
        return self._folder / f"{network}-{digits}-v{CACHE_FORMAT}.safetensors"

    def read(self, network: VggNetwork, source_sha256: str | None) -> VggWeights | None:
        """Return the kept weights, or None if there are none that can be trusted.

        Args:
            network: whose.
            source_sha256: of the file they came from; None takes the only one.

        Raises:
            WeightsError: there are several and nobody said which.
        """
        if source_sha256 is not None:
            path = self.path(network, source_sha256)
            return _read(path, network, source_sha256) if path.is_file() else None
        kept = sorted(self._folder.glob(self.path(network, "?" * _NAME_DIGITS).name))
        if len(kept) > 1:
            names = ", ".join(path.name for path in kept)
            raise WeightsError(
                f"{self._folder} keeps several weights of {network} ({names}): say "
                "which with the SHA-256 of their source, or delete the others"
            )
        return _read(kept[0], network, None) if kept else None

    def write(self, weights: VggWeights, source_sha256: str) -> None:
        """Keep the weights for the next start; failing to is no error."""
        path = self.path(weights.network, source_sha256)
        facts = {"network": weights.network.value, "source": source_sha256}
        write_tensors(path, weights.tensors, facts)


def _read(
    path: Path, network: VggNetwork, source_sha256: str | None
) -> VggWeights | None:
    facts = {"network": network.value}
    if source_sha256 is not None:
        facts["source"] = source_sha256
    tensors = read_tensors(path, facts)
    return None if tensors is None else VggWeights.of(network, tensors)


def read_tensors(path: Path, facts: Mapping[str, str]) -> dict[str, Tensor] | None:
    """Return the tensors that `write_tensors` kept, or None if they are damaged.

    Args:
        path: of a file that is there.
        facts: what its metadata must say.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # Copies: a tensor of a file keeps all of it in memory.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        logger.warning("weights_cache_unreadable: %s", error)
        return None
    if not {**facts, "sha256": digest(tensors)}.items() <= metadata.items():
        logger.warning("weights_cache_corrupt: it is not used")
        return None
    return tensors


def write_tensors(
    path: Path, tensors: dict[str, Tensor], facts: Mapping[str, str]
) -> None:
    """Keep tensors and their hash with the facts; failing to is no error."""
    metadata = {**facts, "sha256": digest(tensors)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, to_safetensors(tensors, metadata))
    except OSError as error:
        logger.warning("weights_cache_not_written: %s", error)
