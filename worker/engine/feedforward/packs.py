"""A pack: one style of one network in one safetensors file, safe to take from anybody.

Numbers of known names and shapes, and a header of short texts: a pack can do nothing
but be a network. Its identity is the SHA-256 of its bytes.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor

from worker.engine.errors import EngineError
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.feedforward.architectures import (
    ARCHITECTURES,
    Architecture,
    ArchitectureName,
)
from worker.engine.feedforward.normalization import Condition
from worker.engine.judgement import QualityReport

MAX_PACK_BYTES = 64 * 2**20
#: Of the header that safetensors itself reads, and of ours in it.
_MAX_HEADER_BYTES = 2**16
_MAX_TEXT = 500
#: The only key of the header's texts: several would be written in any order.
_KEY = "impasto"
_FORMAT = "impasto-pack-1"
_LENGTH_BYTES = 8
_JUDGED = frozenset(each.name for each in fields(QualityReport))


class PackError(EngineError):
    """A file is no pack of ours, or is damaged."""


@dataclass(frozen=True, kw_only=True)
class PackInfo:
    """What a pack says of itself.

    Attributes:
        name: of the style.
        licence: of its numbers.
        origin: who made them.
        judgement: numbers of the judge, by field of a `QualityReport`.

    Raises:
        ValueError: a text is too long or not printable, a number is not finite.
    """

    name: str
    licence: str
    origin: str
    judgement: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for label in ("name", "licence", "origin"):
            text = getattr(self, label)
            if not (isinstance(text, str) and len(text) <= _MAX_TEXT):
                raise ValueError(f"{label} must be a text of at most {_MAX_TEXT}")
            if not text.isprintable():
                raise ValueError(f"{label} has characters that can not be printed")
        if not (isinstance(self.judgement, dict) and self.judgement.keys() <= _JUDGED):
            raise ValueError("judgement must be numbers of the judge by their names")
        for label, number in self.judgement.items():
            is_number = isinstance(number, int | float) and math.isfinite(number)
            if isinstance(number, bool) or not is_number:
                raise ValueError(f"{label} of the judgement is no finite number")


@dataclass(frozen=True)
class Pack:
    """One style of one network.

    Attributes:
        architecture: its shape, by name.
        kernels: what it may share with other packs.
        condition: scale and shift, (C,), of each normalized channel.
        info: what it says of itself.
    """

    architecture: ArchitectureName
    kernels: Mapping[str, Tensor]
    condition: Condition
    info: PackInfo

    @cached_property
    def network_key(self) -> str:
        """The same for packs whose styles can be mixed channel by channel."""
        return digest(self.kernels)

    @property
    def shape(self) -> Architecture:
        """The network's layers."""
        return ARCHITECTURES[self.architecture]

    def to_bytes(self) -> bytes:
        """Return the file: equal packs give equal bytes."""
        facts = {"format": _FORMAT, "architecture": self.architecture.value}
        header = json.dumps(facts | asdict(self.info), sort_keys=True)
        tensors = {
            name: tensor.contiguous()
            for name, tensor in {**self.kernels, **self.condition}.items()
        }
        return to_safetensors(tensors, {_KEY: header})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Pack":
        """Return the pack in a file that anybody may have made.

        Raises:
            PackError: it is none; the message says why.
        """
        if len(content) > MAX_PACK_BYTES:
            raise PackError(
                f"the pack has {len(content)} bytes, may have {MAX_PACK_BYTES}"
            )
        header = _header(content)
        try:
            architecture = ArchitectureName(header.pop("architecture", None))
            info = PackInfo(**header)
            tensors = from_safetensors(content)
        except (SafetensorError, ValueError, TypeError, KeyError) as error:
            raise PackError(f"the pack can not be read: {error}") from error
        shape = ARCHITECTURES[architecture]
        kernels, styles = shape.kernel_shapes(), shape.style_shapes()
        _require_tensors(tensors, {**kernels, **styles})
        return cls(
            architecture,
            {name: tensors[name] for name in kernels},
            {name: tensors[name] for name in styles},
            info,
        )


def identity(content: bytes) -> str:
    """Return the SHA-256 that a pack's file is known by."""
    return hashlib.sha256(content).hexdigest()


# Any: JSON of strangers; `PackInfo` refuses what it does not know.
def _header(content: bytes) -> dict[str, Any]:
    """Return our header, its format checked, read before any tensor is.

    Raises:
        PackError: it is missing, too long or another one.
    """
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if len(content) < _LENGTH_BYTES or length > _MAX_HEADER_BYTES:
        raise PackError("the pack can not be read: it is no safetensors file of ours")
    try:
        texts = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])
        header = json.loads(texts["__metadata__"][_KEY])
        found = header.pop("format", None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PackError("the pack can not be read: its header is not ours") from error
    if found != _FORMAT:
        raise PackError(f"the pack's format is {found!r}, must be {_FORMAT!r}")
    return dict(header)


def _require_tensors(
    tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    if tensors.keys() != shapes.keys():
        wrong = min(tensors.keys() ^ shapes.keys())
        raise PackError(
            f"the pack has other tensors than its network, as {wrong[:80]!r}"
        )
    for name, tensor in tensors.items():
        if tensor.dtype != torch.float32 or tuple(tensor.shape) != shapes[name]:
            raise PackError(
                f"{name} is {tensor.dtype} {tuple(tensor.shape)}, must be float32 "
                f"{shapes[name]}"
            )
        if not bool(torch.isfinite(tensor).all()):
            raise PackError(f"{name} has values that are not finite")
