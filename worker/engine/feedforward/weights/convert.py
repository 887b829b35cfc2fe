"""From the names of the files' authors to ours, checked to be all and of our shapes."""

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from app.contract.packs.architectures import (
    ARCHITECTURES,
    VECTOR_LENGTH,
    ArchitectureName,
)
from worker.engine.errors import WeightsError
from worker.engine.feedforward.predictor import predictor_shapes
from worker.engine.feedforward.weights.onnx_tensors import (
    Kernel,
    quantized_kernels,
    stored_tensors,
)

#: Styles of the multistyle network.
STYLES = 26
_PARTS = {"w": "weight", "norm.gamma": "scale", "norm.beta": "shift"}
_MULTISTYLE = re.compile(r"(contract|res|expand)\.([\d.]+)\.(w|norm\.gamma|norm\.beta)")
_CONTRACT = re.compile(r"contract/conv(\d)")
_RESIDUAL = re.compile(r"residual/residual(\d)/conv(\d)")
_EXPAND = re.compile(r"expand/conv(\d)/conv")
_OF_STYLES = re.compile(
    r"style_params/transformer/(.+)/StyleNorm/(Conv|Conv_1)/weights"
)
_OF_PICTURES = re.compile(r"transformer/(.+)/weights")
_BLOCK = re.compile(r"MobilenetV2/expanded_conv(?:_(\d+))?/(expand|depthwise|project)/")
_ENDS = {
    "MobilenetV2/Conv/weights": "first",
    "MobilenetV2/Conv_1/weights": "last",
    "mobilenet_conv/Conv/weights": "vector",
}


def multistyle_tensors(path: Path) -> dict[str, Tensor]:
    """Return the kernels, and the scales and shifts of all styles, (26, C)."""
    tensors = {}
    for name, tensor in stored_tensors(path).items():
        found = _MULTISTYLE.fullmatch(name)
        if found:
            group = "residual" if found[1] == "res" else found[1]
            tensors[f"{group}.{found[2]}.{_PARTS[found[3]]}"] = tensor
    shapes = ARCHITECTURES[ArchitectureName.MULTISTYLE].kernel_shapes()
    rows = ARCHITECTURES[ArchitectureName.MULTISTYLE].style_shapes()
    return _checked(
        tensors, shapes | {name: (STYLES, *row) for name, row in rows.items()}, path
    )


def arbitrary_tensors(transform: Path, predict: Path) -> dict[str, Tensor]:
    """Return kernels, what makes scales and shifts of a vector, and the predictor.

    The last two are told by "style." and "predictor." before their names.
    """
    tensors: dict[str, Tensor] = {}
    for name, kernel in quantized_kernels(transform).items():
        tensors |= _of_transform(name, kernel)
    for name, kernel in quantized_kernels(predict).items():
        tensors |= _named(f"predictor.{_of_predictor(name)}", kernel)
    return _checked(tensors, arbitrary_shapes(), transform)


def arbitrary_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arbitrary network's tensors, all parts of it."""
    architecture = ARCHITECTURES[ArchitectureName.ARBITRARY]
    shapes = architecture.kernel_shapes()
    for name, (channels,) in architecture.style_shapes().items():
        shapes[f"style.{name}.weight"] = (channels, VECTOR_LENGTH, 1, 1)
        shapes[f"style.{name}.bias"] = (channels,)
    predictor = predictor_shapes().items()
    return shapes | {f"predictor.{name}": shape for name, shape in predictor}


def _of_transform(name: str, kernel: Kernel) -> dict[str, Tensor]:
    style = _OF_STYLES.fullmatch(name)
    if style:
        part = {"Conv": "shift", "Conv_1": "scale"}[style[2]]
        return _named(f"style.{_layer(style[1])}.{part}", kernel)
    picture = _OF_PICTURES.fullmatch(name)
    layer = _layer(picture[1] if picture else name)
    if layer.startswith("contract"):
        return _named(layer, kernel)
    # Normalization takes any bias away.
    return {f"{layer}.weight": kernel.weight}


def _layer(theirs: str) -> str:
    """Return our name of a layer; theirs count from 1."""
    if found := _CONTRACT.fullmatch(theirs):
        return f"contract.{int(found[1]) - 1}"
    if found := _RESIDUAL.fullmatch(theirs):
        return f"residual.{int(found[1]) - 1}.{int(found[2]) - 1}"
    if found := _EXPAND.fullmatch(theirs):
        return f"expand.{int(found[1]) - 1}"
    raise WeightsError(f"there is an unknown layer, {theirs!r}")


def _of_predictor(name: str) -> str:
    if name in _ENDS:
        return _ENDS[name]
    found = _BLOCK.match(name)
    if not found:
        raise WeightsError(f"there is an unknown layer, {name!r}")
    return f"block.{found[1] or 0}.{found[2]}"


def _named(name: str, kernel: Kernel) -> dict[str, Tensor]:
    return {f"{name}.weight": kernel.weight, f"{name}.bias": kernel.bias}


def _checked(
    tensors: dict[str, Tensor], shapes: Mapping[str, tuple[int, ...]], path: Path
) -> dict[str, Tensor]:
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if found != dict(shapes):
        wrong = sorted(
            name
            for name in found.keys() | shapes.keys()
            if found.get(name) != shapes.get(name)
        )
        raise WeightsError(
            f"{path} has other tensors than its network, such as {wrong[0]}"
        )
    return tensors
