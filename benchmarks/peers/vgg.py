"""torchvision's VGG19 graph with the Oxford weights, for peers that would download.

Runs in the peers' environment. The peers normalize their pixels for torchvision's
weights and chose their loss weights for the size of its activations; both are folded
into what they are given here.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

#: What torchvision's weights expect: (RGB in [0, 1] - mean) / deviation.
MEAN_RGB = (0.485, 0.456, 0.406)
DEVIATION_RGB = (0.229, 0.224, 0.225)
#: What the Oxford weights expect: BGR in [0, 255] - mean.
OXFORD_MEAN_BGR = (103.939, 116.779, 123.68)
#: Oxford's activations are 50 to 450 times as large as torchvision's, layer by layer;
#: this is the middle. The network stays the same: rectifiers and pools are homogeneous.
ACTIVATION_SCALE = 1 / 150
_CONVOLUTIONS = (2, 2, 4, 4, 4)
_IMPORTER = "worker/engine/backbones/torchvision_import.py"


def import_torchvision() -> ModuleType:
    """Import it even where its compiled operators do not fit torch.

    The engine's own file does it; by its path, since the engine can not be imported
    here.
    """
    path = Path(__file__).parents[2] / _IMPORTER
    spec = importlib.util.spec_from_file_location("torchvision_import", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"can not load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.import_torchvision()


def vgg19(weights: Path) -> nn.Module:
    """Return torchvision's VGG19; its classifier has no values, nobody here asks it."""
    torchvision = import_torchvision()
    with torch.device("meta"):
        network = torchvision.models.vgg19(weights=None)
    tensors = torch.load(weights, weights_only=True)
    network.features.load_state_dict(torchvision_layout(tensors), assign=True)
    return network


def torchvision_layout(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of torchvision's `features`, for its normalized pixels.

    Args:
        tensors: "conv1_1.weight" and so on, as Oxford released them.
    """
    state, module = {}, 0
    for block, count in enumerate(_CONVOLUTIONS, start=1):
        for index in range(1, count + 1):
            kernel = tensors[f"conv{block}_{index}.weight"]
            bias = tensors[f"conv{block}_{index}.bias"]
            if module == 0:
                kernel, bias = _for_normalized_pixels(kernel, bias)
                kernel = kernel * ACTIVATION_SCALE
            state[f"{module}.weight"] = kernel.contiguous()
            state[f"{module}.bias"] = bias * ACTIVATION_SCALE
            module += 2  # the convolution and its rectifier
        module += 1  # the pool
    return state


def _for_normalized_pixels(kernel: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return a first convolution for (RGB - mean) / deviation instead of Oxford's."""
    kernel_rgb = kernel.flip(1)
    shift = torch.tensor(MEAN_RGB) * 255 - torch.tensor(OXFORD_MEAN_BGR).flip(0)
    deviation = torch.tensor(DEVIATION_RGB) * 255
    moved = bias + (kernel_rgb * shift.view(1, 3, 1, 1)).sum(dim=(1, 2, 3))
    return kernel_rgb * deviation.view(1, 3, 1, 1), moved
