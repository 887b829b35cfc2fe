"""A pack as an ONNX file: one pass of the network, in any program, at any size.

Input `image`, (1, 3, height, width), float32, sRGB in [0, 1]; output `stylized` of the
same size. Weights are inside; the picture is padded and cut within the graph. Written
without anything that computes: a pack's numbers are copied as they are.

Source: onnx.proto of ONNX 1.12, whose numbers of fields stand here.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.contract.packs.architectures import (
    ARCHITECTURES,
    EPSILON,
    GRID_PX,
    Convolution,
)
from app.contract.packs.protobuf import float32, integer, integers, message, text
from app.contract.packs.reading import read_pack, tensors_of

#: Of ONNX's operators; read by ONNX Runtime since 1.12 and by its web build.
OPSET = 17
_IR_VERSION = 8
_STRIDED = frozenset({"contract.1", "contract.2"})
_ENLARGED = frozenset({"expand.0", "expand.1"})
#: Types of tensors, and of attributes.
_FLOAT, _INT64 = 1, 7
_A_FLOAT, _AN_INTEGER, _A_TEXT, _INTEGERS = 1, 2, 3, 7

Attribute = float | int | str | list[int]


def to_onnx(pack: bytes) -> bytes:
    """Return the file; its metadata has the pack's hash, licence and origin.

    Raises:
        PackUnreadableError: It is no pack; the message says why.
    """
    facts = read_pack(pack)
    graph = _Graph(tensors_of(pack))
    graph.repaint(list(ARCHITECTURES[facts.architecture].convolutions()))
    info = facts.info
    told = {
        "name": info.name,
        "licence": info.licence,
        "origin": info.origin,
        "pack_sha256": facts.sha256,
    }
    return b"".join(
        [
            integer(1, _IR_VERSION),
            text(2, "impasto"),
            message(7, graph.written()),
            message(8, text(1, "") + integer(2, OPSET)),
            *(message(14, text(1, key) + text(2, told[key])) for key in told),
        ]
    )


@dataclass
class _Graph:
    """Nodes and constants while they are written, in the order of computation.

    Attributes:
        tensors: of the pack: shape and little-endian float32, by name.
    """

    tensors: dict[str, tuple[tuple[int, ...], bytes]]
    nodes: list[bytes] = field(default_factory=list)
    constants: dict[str, bytes] = field(default_factory=dict)

    def written(self) -> bytes:
        """Return the graph."""
        return b"".join(
            [
                *(message(1, node) for node in self.nodes),
                text(2, "impasto"),
                *(message(5, each) for each in self.constants.values()),
                message(11, _picture("image")),
                message(12, _picture("stylized")),
            ]
        )

    def repaint(self, layers: Sequence[Convolution]) -> None:
        """Write all of it, from `image` to `stylized`."""
        maps = self._padded_to_grid()
        carried = maps
        for each in layers:
            is_residual = each.name.startswith("residual")
            if is_residual and each.name.endswith(".0"):
                carried = maps
            maps = self._layer(each, maps)
            if is_residual and each.name.endswith(".1"):
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
            twice = self._constant("twice", (4,), struct.pack("<4f", 1, 1, 2, 2))
            maps = self._node(
                "Resize",
                [maps, "", twice],
                mode="nearest",
                nearest_mode="floor",
                coordinate_transformation_mode="asymmetric",
            )
        reach = layer.kernel_px // 2
        pads = self._integers(f"pads_{reach}", [0, 0, reach, reach] * 2)
        inputs = [self._node("Pad", [maps, pads], mode="reflect")]
        inputs.append(self._tensor(f"{name}.weight"))
        if not layer.is_normalized:
            inputs.append(self._tensor(f"{name}.bias"))
        stride = 2 if name in _STRIDED else 1
        maps = self._node("Conv", inputs, strides=[stride, stride])
        if layer.is_normalized:
            row = [self._tensor(f"{name}.{part}") for part in ("scale", "shift")]
            maps = self._node("InstanceNormalization", [maps, *row], epsilon=EPSILON)
        is_linear = name == "expand.2" or (
            name.startswith("residual") and name.endswith(".1")
        )
        return maps if is_linear else self._node("Relu", [maps])

    def _node(
        self,
        kind: str,
        inputs: Sequence[str],
        *,
        result: str = "",
        **attributes: Attribute,
    ) -> str:
        """Write a node and return the name of its result."""
        result = result or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(
            b"".join(
                [
                    *(text(1, each) for each in inputs),
                    text(2, result),
                    text(4, kind),
                    *(message(5, _attribute(*each)) for each in attributes.items()),
                ]
            )
        )
        return result

    def _tensor(self, name: str) -> str:
        return self._constant(name, *self.tensors[name])

    def _integers(self, name: str, values: Sequence[int]) -> str:
        numbers = struct.pack(f"<{len(values)}q", *values)
        return self._constant(name, (len(values),), numbers, _INT64)

    def _constant(
        self, name: str, shape: tuple[int, ...], numbers: bytes, kind: int = _FLOAT
    ) -> str:
        """Keep a constant once and return its name."""
        self.constants[name] = b"".join(
            [integers(1, shape), integer(2, kind), text(8, name), message(9, numbers)]
        )
        return name


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        written = float32(2, struct.pack("<f", value)) + integer(20, _A_FLOAT)
    elif isinstance(value, int):
        written = integer(3, value) + integer(20, _AN_INTEGER)
    elif isinstance(value, str):
        written = text(4, value) + integer(20, _A_TEXT)
    else:
        written = b"".join(integer(8, each) for each in value) + integer(20, _INTEGERS)
    return text(1, name) + written


def _picture(name: str) -> bytes:
    """Return an input's or an output's description: three colours, any sides."""
    sides = [integer(1, 1), integer(1, 3), text(2, "height"), text(2, "width")]
    shape = b"".join(message(1, side) for side in sides)
    return text(1, name) + message(
        2, message(1, integer(1, _FLOAT) + message(2, shape))
    )
