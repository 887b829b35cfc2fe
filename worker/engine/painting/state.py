"""A job's state between two steps, as values that survive the process.

The picture, the optimizer's memory, where on the ladder it stands. A run that goes on
from its state ends like one that was never interrupted: bit by bit on a CPU with the
same number of threads. No random numbers are drawn after the start, so none are kept.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from worker.engine.errors import StateError
from worker.engine.option_checks import require_integer, require_number

#: Raised when the tensors or fields change in kind.
STATE_FORMAT = 1
_LENGTH_BYTES = 8
_LEAST_FACTOR = 1e-6


@dataclass(frozen=True, kw_only=True)
class PaintingState:
    """Everything that the next step depends on besides the job itself.

    Attributes:
        job: fingerprint of the pictures, the network and the options.
        styling: likewise, of the paintings' weights and masks: those may change.
        rung: index of the rung, from 0.
        step: steps taken on it.
        factor: of the learning rate; smaller after a divergence.
        is_rescued: whether a divergence was recovered from.
        tensors: copies, on the CPU.

    Raises:
        ValueError: a number that no job has.
    """

    job: str
    rung: int
    step: int
    styling: str = ""
    factor: float = 1.0
    is_rescued: bool = False
    tensors: Mapping[str, Tensor] = field(repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        require_integer("rung", self.rung, 0, None)
        require_integer("step", self.step, 0, None)
        require_number("factor", self.factor, _LEAST_FACTOR, 1)

    def to_bytes(self) -> bytes:
        """Return the state as a safetensors file."""
        fields = {
            "format": STATE_FORMAT,
            "job": self.job,
            "styling": self.styling,
            "rung": self.rung,
            "step": self.step,
            "factor": self.factor,
            "is_rescued": self.is_rescued,
        }
        tensors = {name: each.contiguous() for name, each in self.tensors.items()}
        fields["checksum"] = _checksum(fields, tensors)
        return save(tensors, {"painting": json.dumps(fields)})

    @classmethod
    def from_bytes(cls, content: bytes) -> "PaintingState":
        """Return what `to_bytes` gave.

        Raises:
            StateError: the bytes are damaged, or of another version.
        """
        try:
            fields, tensors = _read(content)
            if fields.pop("format") != STATE_FORMAT:
                raise StateError("the state is of another version of the engine")
            checksum = fields.pop("checksum")
            if checksum != _checksum({"format": STATE_FORMAT, **fields}, tensors):
                raise StateError("the state can not be read: it is damaged")
            return cls(**fields, tensors=tensors)
        except (
            SafetensorError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            raise StateError(f"the state can not be read: {error}") from error


def _checksum(fields: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> int:
    """Return a number that damage changes; safetensors' format has none."""
    checksum = zlib.crc32(json.dumps(fields, sort_keys=True).encode())
    for name in sorted(tensors):
        checksum = zlib.crc32(name.encode(), checksum)
        checksum = zlib.crc32(tensors[name].numpy().tobytes(), checksum)
    return checksum


def _read(content: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return fields and tensors; a file starts with its header's length and JSON."""
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    header = json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])
    return json.loads(header["__metadata__"]["painting"]), load(content)
