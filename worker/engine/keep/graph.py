"""A small convolutional network out of a TensorFlow Lite file, computed by torch.

The file is a graph of operators and its weights, read as data by its published schema;
no TensorFlow is needed. Only what the two networks of this folder consist of is known.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tflite  # type: ignore[import-untyped]  # made from the schema, no types
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from worker.engine.errors import WeightsError

_TYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
#: What reading a damaged file may raise.
_DAMAGED = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)
_SAME = 0  # of `tflite.Padding`
#: A transposed convolution with a bias, which MediaPipe has added.
_TRANSPOSE_BIAS = "Convolution2DTransposeBias"


@dataclass(frozen=True)
class _Operator:
    """One step: what it computes, from which tensors, into which one."""

    name: str
    options: Any  # the schema's class of this operator
    inputs: tuple[int, ...]
    output: int


class Graph:
    """A network, ready to be run on the CPU in float32.

    Args:
        content: of the file.

    Raises:
        WeightsError: it is no such file, or has an operator that is not known.
    """

    def __init__(self, content: bytes) -> None:
        try:
            model = tflite.Model.GetRootAs(content)
            self._read(model, model.Subgraphs(0))
        except _DAMAGED as error:
            raise WeightsError(f"no network that is known: {error}") from error
        unknown = {each.name for each in self._operators} - _COMPUTE.keys()
        if unknown:
            raise WeightsError(f"operators that are not known: {', '.join(unknown)}")

    def _read(self, model: Any, graph: Any) -> None:  # the schema's classes
        self._input = int(graph.Inputs(0))
        self._outputs = [int(each) for each in graph.OutputsAsNumpy()]
        self._constants = {
            index: torch.from_numpy(values.astype(np.float32))
            for index in range(graph.TensorsLength())
            if (values := _values(model, graph.Tensors(index))) is not None
        }
        self.side_px = int(graph.Tensors(self._input).Shape(1))
        self._shapes = {
            index: tuple(int(n) for n in graph.Tensors(index).ShapeAsNumpy())
            for index in range(graph.TensorsLength())
            if graph.Tensors(index).ShapeLength()
        }
        self._operators = [
            _operator(model, graph.Operators(index))
            for index in range(graph.OperatorsLength())
        ]

    @torch.no_grad()
    def __call__(self, image: Tensor) -> list[Tensor]:
        """Return the outputs for (1, side, side, 3), each as the file shapes it."""
        found = {**self._constants, self._input: image}
        for each in self._operators:
            inputs = [found[index] for index in each.inputs if index >= 0]
            compute = _COMPUTE[each.name]
            found[each.output] = compute(
                inputs, each.options, self._shapes[each.output]
            )
        return [found[index] for index in self._outputs]


def _values(model: Any, tensor: Any) -> np.ndarray | None:  # the schema's classes
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
    if isinstance(raw, int) or not len(raw):
        return None
    return np.frombuffer(raw.tobytes(), _TYPES[tensor.Type()]).reshape(
        tensor.ShapeAsNumpy() if tensor.ShapeLength() else ()
    )


def _operator(model: Any, operator: Any) -> _Operator:  # the schema's classes
    code = model.OperatorCodes(operator.OpcodeIndex())
    number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    inputs = tuple(int(each) for each in operator.InputsAsNumpy())
    output = int(operator.Outputs(0))
    if number == tflite.BuiltinOperator.CUSTOM:
        return _Operator(code.CustomCode().decode(), None, inputs, output)
    name = _NAMES[number]
    kind = _OPTIONS.get(name)
    options = None
    if kind is not None:
        options = kind()
        table = operator.BuiltinOptions()
        options.Init(table.Bytes, table.Pos)
    return _Operator(name, options, inputs, output)


_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
_OPTIONS = {
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "AVERAGE_POOL_2D": tflite.Pool2DOptions,
    "MAX_POOL_2D": tflite.Pool2DOptions,
    "RESIZE_BILINEAR": tflite.ResizeBilinearOptions,
    "ADD": tflite.AddOptions,
    "MUL": tflite.MulOptions,
    "CONCATENATION": tflite.ConcatenationOptions,
}

Inputs = list[Tensor]
Shape = tuple[int, ...]


def _activated(values: Tensor, options: Any) -> Tensor:
    """Return values after the activation that an operator carries along."""
    code = options.FusedActivationFunction()
    if code == tflite.ActivationFunctionType.NONE:
        return values
    if code == tflite.ActivationFunctionType.RELU:
        return values.relu()
    if code == tflite.ActivationFunctionType.RELU6:
        return values.clamp(0, 6)
    raise WeightsError(f"an activation that is not known: {code}")


def _padded(
    maps: Tensor, kernel: Shape, strides: Shape, options: Any, value: float = 0.0
) -> Tensor:
    """Return (N, C, H, W) padded as TensorFlow does: more after than before."""
    if options.Padding() != _SAME:
        return maps
    sides: list[int] = []
    for length, size, stride in zip(maps.shape[2:], kernel, strides, strict=True):
        missing = max((-(-length // stride) - 1) * stride + size - length, 0)
        sides = [missing // 2, missing - missing // 2, *sides]
    return F.pad(maps, sides, value=value)


def _convolved(inputs: Inputs, options: Any, *, is_depthwise: bool) -> Tensor:
    maps, kernel, bias = inputs[0].permute(0, 3, 1, 2), inputs[1], inputs[2]
    order = (3, 0, 1, 2) if is_depthwise else (0, 3, 1, 2)
    kernel = kernel.permute(order)
    strides = (options.StrideH(), options.StrideW())
    maps = _padded(maps, tuple(kernel.shape[2:]), strides, options)
    groups = maps.shape[1] if is_depthwise else 1
    made = F.conv2d(maps, kernel, bias, stride=strides, groups=groups)
    return _activated(made.permute(0, 2, 3, 1), options)


def _pooled(inputs: Inputs, options: Any, *, is_max: bool) -> Tensor:
    maps = inputs[0].permute(0, 3, 1, 2)
    kernel = (options.FilterHeight(), options.FilterWidth())
    strides = (options.StrideH(), options.StrideW())
    if is_max:
        maps = _padded(maps, kernel, strides, options, -torch.inf)
        return F.max_pool2d(maps, kernel, strides).permute(0, 2, 3, 1)
    return F.avg_pool2d(maps, kernel, strides).permute(0, 2, 3, 1)


def _enlarged(inputs: Inputs, options: Any, shape: Shape) -> Tensor:
    maps = inputs[0].permute(0, 3, 1, 2)
    if not (options.HalfPixelCenters() or options.AlignCorners()):
        raise WeightsError("an enlargement from corners is not known")
    made = F.interpolate(
        maps, shape[1:3], mode="bilinear", align_corners=bool(options.AlignCorners())
    )
    return made.permute(0, 2, 3, 1)


def _transposed(inputs: Inputs) -> Tensor:
    """Return a transposed convolution whose kernel is as wide as its stride, 2."""
    maps, kernel, bias = inputs[0].permute(0, 3, 1, 2), inputs[1], inputs[2]
    made = F.conv_transpose2d(maps, kernel.permute(3, 0, 1, 2), bias, stride=2)
    return made.permute(0, 2, 3, 1)


def _padded_as_told(inputs: Inputs) -> Tensor:
    sides = [int(n) for pair in inputs[1].int().tolist()[::-1] for n in pair]
    return F.pad(inputs[0], sides)


_COMPUTE: Mapping[str, Callable[[Inputs, Any, Shape], Tensor]] = {
    "DEQUANTIZE": lambda i, _, __: i[0],  # float16, widened when it was read
    "CONV_2D": lambda i, o, _: _convolved(i, o, is_depthwise=False),
    "DEPTHWISE_CONV_2D": lambda i, o, _: _convolved(i, o, is_depthwise=True),
    _TRANSPOSE_BIAS: lambda i, _, __: _transposed(i),
    "AVERAGE_POOL_2D": lambda i, o, _: _pooled(i, o, is_max=False),
    "MAX_POOL_2D": lambda i, o, _: _pooled(i, o, is_max=True),
    "RESIZE_BILINEAR": _enlarged,
    "HARD_SWISH": lambda i, _, __: F.hardswish(i[0]),
    "RELU": lambda i, _, __: i[0].relu(),
    "LOGISTIC": lambda i, _, __: i[0].sigmoid(),
    "ADD": lambda i, o, _: _activated(i[0] + i[1], o),
    "MUL": lambda i, o, _: _activated(i[0] * i[1], o),
    "PAD": lambda i, _, __: _padded_as_told(i),
    "RESHAPE": lambda i, _, shape: i[0].reshape(shape),
    "CONCATENATION": lambda i, o, _: torch.cat(i, dim=o.Axis()),
}
