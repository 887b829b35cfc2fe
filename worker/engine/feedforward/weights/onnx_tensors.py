"""The numbers of an ONNX file's convolutions, 8-bit codes turned into floats.

Reads numbers and names alone; nothing computes with the file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor


class Kernel(NamedTuple):
    """What one convolution computes with."""

    weight: Tensor
    bias: Tensor


def stored_tensors(path: Path) -> dict[str, Tensor]:
    """Return the file's constants by name."""
    return {name: torch.tensor(array) for name, array in _constants(path).items()}


def quantized_kernels(path: Path) -> dict[str, Kernel]:
    """Return the file's convolutions by their weights' names: scale times codes."""
    nodes, constants = onnx.load(path).graph.node, _constants(path)
    floats, stored = {}, {}
    for node in nodes:
        if node.op_type == "DequantizeLinear" and set(node.input) <= constants.keys():
            floats[node.output[0]] = _dequantized(node, constants)
            stored[node.output[0]] = node.input[0]
    return {
        stored[node.input[1]]: Kernel(*(floats[name] for name in node.input[1:3]))
        for node in nodes
        if node.op_type == "Conv"
    }


def _constants(path: Path) -> dict[str, "np.ndarray[Any, Any]"]:  # of several kinds
    return {
        each.name: numpy_helper.to_array(each)
        for each in onnx.load(path).graph.initializer
    }


def _dequantized(
    node: onnx.NodeProto,
    constants: Mapping[str, "np.ndarray[Any, Any]"],  # of several kinds
) -> Tensor:
    """Return (codes - zero point) * scale.

    Source: ONNX, DequantizeLinear of opset 13.
    """
    codes, scale, zero = (constants[name].astype(np.float32) for name in node.input)
    if scale.ndim:
        axis = next((each.i for each in node.attribute if each.name == "axis"), 1)
        shape = [-1 if each == axis else 1 for each in range(codes.ndim)]
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    return torch.tensor((codes - zero) * scale)
