"""A pack: one style of one network in one safetensors file, safe to take from anybody.

Numbers of known names and shapes, and a header of short texts: a pack can do nothing
but be a network. Its identity is the SHA-256 of its bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from safetensors import SafetensorError
from safetensors.torch import load as from_safetensors
from safetensors.torch import save as to_safetensors
from torch import Tensor

from app.contract.packs.architectures import (
    ARCHITECTURES,
    Architecture,
    ArchitectureName,
)
from app.contract.packs.info import PackInfo
from app.contract.packs.reading import (
    PACK_FORMAT,
    PACK_KEY,
    PackUnreadableError,
    read_pack,
)
from worker.engine.errors import EngineError
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.feedforward.normalization import Condition


class PackError(EngineError):
    """A file is no pack of ours, or is damaged."""


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
        facts = {"format": PACK_FORMAT, "architecture": self.architecture.value}
        header = json.dumps(facts | asdict(self.info), sort_keys=True)
        tensors = {
            name: tensor.contiguous()
            for name, tensor in {**self.kernels, **self.condition}.items()
        }
        return to_safetensors(tensors, {PACK_KEY: header})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Pack":
        """Return the pack in a file that anybody may have made.

        Raises:
            PackError: it is none; the message says why.
        """
        try:
            facts = read_pack(content)
            tensors = from_safetensors(content)
        except (PackUnreadableError, SafetensorError) as error:
            raise PackError(str(error)) from error
        shape = ARCHITECTURES[facts.architecture]
        return cls(
            facts.architecture,
            {name: tensors[name] for name in shape.kernel_shapes()},
            {name: tensors[name] for name in shape.style_shapes()},
            facts.info,
        )


def identity(content: bytes) -> str:
    """Return the SHA-256 that a pack's file is known by."""
    return hashlib.sha256(content).hexdigest()
