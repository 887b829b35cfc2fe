"""A training between two steps, as values that survive the process.

One that goes on from its state ends like one that was never interrupted: bit by bit on
a CPU with the same number of threads. What is drawn hangs on the seed and the step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from worker.engine.errors import StateError
from worker.engine.state_files import (
    checksum_of,
    copies,
    from_file,
    refusing_damage,
    to_file,
)
from worker.engine.training.held_out import HeldOutScore

#: Raised when the tensors or fields change in kind.
_FORMAT = "impasto-training-1"
_KEY = "training"


@dataclass(frozen=True)
class JudgedStep:
    """A point of the curve.

    Attributes:
        step: so many were taken.
        loss: mean total since the point before; None at the first one.
        score: of the held-out photographs.
    """

    step: int
    loss: float | None
    score: HeldOutScore


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """Everything that the next step depends on besides the training itself.

    Attributes:
        training: fingerprint of painting, photographs, start, network and options.
        start: what it started from, by its label.
        step: steps taken.
        factor: of the learning rate; smaller after a divergence.
        is_rescued: whether a divergence was recovered from.
        recent_loss: moving average of the total.
        first_loss: the same when it was first known.
        summed: of the losses since the last point of the curve.
        counted: so many of them.
        curve: points so far.
        best: index of the best one.
        tensors: copies, on the CPU.
    """

    training: str
    start: str
    step: int
    factor: float
    is_rescued: bool
    recent_loss: float | None
    first_loss: float | None
    summed: float
    counted: int
    curve: tuple[JudgedStep, ...]
    best: int
    tensors: Mapping[str, Tensor] = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the state as a safetensors file."""
        fields = {n: v for n, v in vars(self).items() if n not in {"tensors", "curve"}}
        fields["curve"] = [
            [point.step, point.loss, vars(point.score)] for point in self.curve
        ]
        tensors = copies(self.tensors)
        checksum = checksum_of(fields, tensors)
        header = {"format": _FORMAT, "fields": fields, "checksum": checksum}
        return to_file(_KEY, header, tensors)

    @classmethod
    def from_bytes(cls, content: bytes) -> "TrainingState":
        """Return what `to_bytes` gave.

        Raises:
            StateError: the bytes are damaged, or of another version.
        """
        with refusing_damage():
            header, tensors = from_file(_KEY, content)
            fields = header["fields"]
            if header["format"] != _FORMAT:
                raise StateError("the state is of another version of the engine")
            if header["checksum"] != checksum_of(fields, tensors):
                raise StateError("the state can not be read: it is damaged")
            fields["curve"] = tuple(
                JudgedStep(step, loss, HeldOutScore(**score))
                for step, loss, score in fields["curve"]
            )
            return cls(**fields, tensors=tensors)
