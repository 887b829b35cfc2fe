"""A pack as an ONNX file: one pass of the network, in any program, at any size.

Input `image`, (1, 3, height, width), float32, sRGB in [0, 1]; output `stylized` of the
same size. Weights are inside; the picture is padded and cut within the graph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from app.contract.packs.architectures import Convolution
from worker.engine.feedforward.network import GRID_PX
from worker.engine.feedforward.normalization import EPSILON
from worker.engine.feedforward.packs import Pack, identity

#: Of ONNX's operators; read by ONNX Runtime since 1.12 and by its web build.
OPSET = 17
_IR_VERSION = 8
_STRIDED = frozenset({"contract.1", "contract.2"})
_ENLARGED = frozenset({"expand.0", "expand.1"})


def to_onnx(pack: Pack) -> bytes:
    """Return the file; its metadata has the pack's hash, licence and origin."""
    graph = _Graph(pack)
    graph.repaint()
    side = ["height", "width"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "impasto",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, *side])],
            [
                helper.make_tensor_value_info(
                    "stylized", TensorProto.FLOAT, [1, 3, *side]
                )
            ],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR_VERSION,
        producer_name="impasto",
    )
    info = pack.info
    facts = {"name": info.name, "licence": info.licence, "origin": info.origin}
    helper.set_model_props(model, facts | {"pack_sha256": identity(pack.to_bytes())})
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


@dataclass
class _Graph:
    """Nodes and constants while they are written, in the order of computation."""

    pack: Pack
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def repaint(self) -> None:
        """Write all of it, from `image` to `stylized`."""
        maps = self._padded_to_grid()
        carried = maps
        for each in self.pack.shape.convolutions():
            if each.name.endswith(".0") and each.name.startswith("residual"):
                carried = maps
            maps = self._layer(each, maps)
            if each.name.endswith(".1") and each.name.startswith("residual"):
                maps = self._node("Add", [maps, carried])
        painted = self._node("Sigmoid", [maps])
        first, axes = self._integers("first", [0, 0]), self._integers("axes", [2, 3])
        self._node("Slice", [painted, first, "sides", axes], result="stylized")

    def _padded_to_grid(self) -> str:
        """Reflect the picture below and to the right, up to a multiple of the grid."""
        self._node("Shape", ["image"], result="sides", start=2, end=4)
        grid = self._integers("grid", [GRID_PX])
        missing = self._node("Mod", [self._node("Neg", ["sides"]), grid])
        before = self._integers("before", [0] * 6)
        pads = self._node("Concat", [before, missing], axis=0)
        return self._node("Pad", ["image", pads], mode="reflect")

    def _layer(self, layer: Convolution, maps: str) -> str:
        """Write enlargement, padding, convolution, normalization and rectifier."""
        name = layer.name
        if name in _ENLARGED:
            sizes = self._constant("twice", np.array([1, 1, 2, 2], np.float32))
            maps = self._node(
                "Resize",
                [maps, "", sizes],
                mode="nearest",
                nearest_mode="floor",
                coordinate_transformation_mode="asymmetric",
            )
        reach = layer.kernel_px // 2
        pads = self._integers(f"pads_{reach}", [0, 0, reach, reach] * 2)
        inputs = [self._node("Pad", [maps, pads], mode="reflect")]
        inputs.append(self._tensor(f"{name}.weight", self.pack.kernels))
        if not layer.is_normalized:
            inputs.append(self._tensor(f"{name}.bias", self.pack.kernels))
        stride = 2 if name in _STRIDED else 1
        maps = self._node("Conv", inputs, strides=[stride, stride])
        if layer.is_normalized:
            row = [
                self._tensor(f"{name}.{part}", self.pack.condition)
                for part in ("scale", "shift")
            ]
            maps = self._node("InstanceNormalization", [maps, *row], epsilon=EPSILON)
        is_linear = name == "expand.2" or (
            name.startswith("residual") and name.endswith(".1")
        )
        return maps if is_linear else self._node("Relu", [maps])

    # Any: ONNX's attributes are numbers, texts and lists of them.
    def _node(
        self,
        kind: str,
        inputs: Sequence[str],
        *,
        result: str = "",
        **attributes: Any,
    ) -> str:
        """Write a node and return the name of its result."""
        result = result or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [result], **attributes))
        return result

    def _tensor(self, name: str, tensors: Mapping[str, Tensor]) -> str:
        return self._constant(name, tensors[name].cpu().numpy())

    def _integers(self, name: str, values: Sequence[int]) -> str:
        return self._constant(name, np.array(values, np.int64))

    # Any: floats or integers of any shape.
    def _constant(self, name: str, values: "np.ndarray[Any, Any]") -> str:
        """Keep a constant once and return its name."""
        if all(each.name != name for each in self.constants):
            self.constants.append(numpy_helper.from_array(values, name))
        return name
