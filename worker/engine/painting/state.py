"""A job's state between two steps, as values that survive the process.

The picture, the optimizer's memory, where on the ladder it stands. A run that goes on
from its state ends like one that was never interrupted: bit by bit on a CPU with the
same number of threads. No random numbers are drawn after the start, so none are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from worker.engine.errors import StateError
from worker.engine.option_checks import require_integer, require_number
from worker.engine.state_files import (
    checksum_of,
    copies,
    from_file,
    refusing_damage,
    to_file,
)

#: Raised when the tensors or fields change in kind.
STATE_FORMAT = 1
_KEY = "painting"
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
        tensors = copies(self.tensors)
        fields["checksum"] = checksum_of(fields, tensors)
        return to_file(_KEY, fields, tensors)

    @classmethod
    def from_bytes(cls, content: bytes) -> "PaintingState":
        """Return what `to_bytes` gave.

        Raises:
            StateError: the bytes are damaged, or of another version.
        """
        with refusing_damage():
            fields, tensors = from_file(_KEY, content)
            if fields.pop("format") != STATE_FORMAT:
                raise StateError("the state is of another version of the engine")
            checksum = fields.pop("checksum")
            if checksum != checksum_of({"format": STATE_FORMAT, **fields}, tensors):
                raise StateError("the state can not be read: it is damaged")
            return cls(**fields, tensors=tensors)
