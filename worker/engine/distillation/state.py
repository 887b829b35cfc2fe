"""A distillation between two steps, as values that survive the process.

One that goes on from its state ends like one that was never interrupted: bit by bit on
a CPU with the same number of threads.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from torch import Tensor

from worker.engine.distillation.options import DistillationOptions
from worker.engine.errors import StateError
from worker.engine.features.weights.vgg_weights import digest
from worker.engine.state_files import copies, from_file, refusing_damage, to_file

_FORMAT = "impasto-distillation-1"
_KEY = "distillation"


@dataclass(frozen=True)
class Likeness:
    """How like its teacher a student was on held-out pictures after some steps.

    Attributes:
        step: so many were taken.
        r_squared: of each layer.
        gradient: mean cosine of the two style gradients.
    """

    step: int
    r_squared: Mapping[str, float]
    gradient: float

    @property
    def mean(self) -> float:
        """R², the mean over the layers."""
        return sum(self.r_squared.values()) / len(self.r_squared)


@dataclass(frozen=True, kw_only=True)
class DistillationState:
    """Everything that the next step depends on besides teacher, pictures and options.

    Attributes:
        distillation: fingerprint of those.
        options: the choices.
        step: steps taken.
        curve: likenesses so far.
        tensors: copies, on the CPU.
    """

    distillation: str
    options: DistillationOptions
    step: int
    curve: tuple[Likeness, ...]
    tensors: Mapping[str, Tensor] = field(repr=False)

    def to_bytes(self) -> bytes:
        """Return the state as a safetensors file."""
        tensors = copies(self.tensors)
        header = {
            "format": _FORMAT,
            "distillation": self.distillation,
            "options": asdict(self.options),
            "step": self.step,
            "curve": [[p.step, dict(p.r_squared), p.gradient] for p in self.curve],
            "sha256": digest(tensors),
        }
        return to_file(_KEY, header, tensors)

    @classmethod
    def from_bytes(cls, content: bytes) -> "DistillationState":
        """Return what `to_bytes` gave.

        Raises:
            StateError: the bytes are damaged, or of another version.
        """
        with refusing_damage():
            header, tensors = from_file(_KEY, content)
            if header["format"] != _FORMAT or header["sha256"] != digest(tensors):
                raise StateError("the state is damaged, or of another version")
            return cls(
                distillation=header["distillation"],
                options=DistillationOptions(**header["options"]),
                step=header["step"],
                curve=tuple(Likeness(*point) for point in header["curve"]),
                tensors=tensors,
            )
