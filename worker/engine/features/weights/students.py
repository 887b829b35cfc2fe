"""The numbers of a student: a light network that learnt a teacher's feature maps.

They come in one file of `impasto distill`, never from elsewhere: backbone, adapters,
and of each channel of the teacher's its mean and deviation, by which what the adapter
gives is stretched. Knows names and shapes, not how to compute.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor

from app.contract.painting.layers import STUDENT_LAYERS
from worker.engine.errors import WeightsError
from worker.engine.features.weights.lite0 import BLOCKS, STEM_CHANNELS
from worker.engine.features.weights.vgg_weights import digest

#: Raised when a file's tensors or facts change in kind.
FORMAT = "impasto-student-1"
#: Where the layers of the teacher's blocks 2 to 5 are read: the backbone's block whose
#: expansion has their stride.
TAPPED_BLOCKS = {2: 1, 3: 3, 4: 5, 5: 11}
#: The teacher's channels, by block.
_CHANNELS = {1: 64, 2: 128, 3: 256, 4: 512, 5: 512}
_MAX_FILE_BYTES = 64 * 2**20


def block_of(layer: str) -> int:
    """Return the teacher's block that a layer is of: 3 for "relu3_2"."""
    return int(layer[len("relu")])


def student_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a student."""
    shapes: dict[str, tuple[int, ...]] = {}

    def add(name: str, outputs: int, *rest: int) -> None:
        shapes[f"{name}.weight"] = (outputs, *rest)
        shapes[f"{name}.bias"] = (outputs,)

    add("stem", STEM_CHANNELS, 3, 3, 3)
    last = TAPPED_BLOCKS[max(TAPPED_BLOCKS)]
    for number, block in enumerate(BLOCKS[: last + 1]):
        name, inside, side = f"blocks.{number}", block.expanded, block.kernel_px
        if block.expands:
            add(f"{name}.expand", inside, block.inputs, 1, 1)
        if number < last:
            add(f"{name}.depthwise", inside, 1, side, side)
            add(f"{name}.project", block.outputs, inside, 1, 1)
    for layer in STUDENT_LAYERS:
        part = block_of(layer)
        outputs = _CHANNELS[part]
        if part == 1:
            add(f"taps.{layer}", outputs, 3, 3, 3)
        else:
            inside = BLOCKS[TAPPED_BLOCKS[part]].expanded
            add(f"taps.{layer}", outputs, inside, 1, 1)
        for fixed in ("mean", "scale"):
            shapes[f"taps.{layer}.{fixed}"] = (outputs,)
    return shapes


@dataclass(frozen=True)
class StudentWeights:
    """All numbers of a student.

    Attributes:
        tensors: by the names of `student_shapes`, float32; the stem wants RGB in
            [0, 1].
        sha256: of all names, shapes and values: what the picture depends on.
        facts: how it was made, as the file tells: teacher, data set, steps, R².

    Raises:
        ValueError: they are not the tensors of a student.
    """

    tensors: dict[str, Tensor]
    sha256: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse other networks' tensors."""
        found = {name: tuple(each.shape) for name, each in self.tensors.items()}
        wanted = student_shapes()
        if found != wanted:
            wrong = {n for n in found | wanted if found.get(n) != wanted.get(n)}
            raise ValueError(
                f"{len(wrong)} tensors are missing, too many or of another shape: "
                f"{', '.join(sorted(wrong)[:3])}"
            )
        for name, each in self.tensors.items():
            if not bool(each.isfinite().all()):
                raise ValueError(f"{name} has values that are not finite")

    @classmethod
    def of(
        cls, tensors: dict[str, Tensor], facts: Mapping[str, object]
    ) -> "StudentWeights":
        """Return the tensors with their hash."""
        return cls(tensors, digest(tensors), facts)

    def to_bytes(self) -> bytes:
        """Return the file: equal students give equal bytes."""
        facts = {"format": FORMAT, "sha256": self.sha256, "facts": self.facts}
        tensors = {name: each.contiguous() for name, each in self.tensors.items()}
        return to_safetensors(tensors, {"student": json.dumps(facts, sort_keys=True)})


def read_student(path: Path, sha256: str | None = None) -> StudentWeights:
    """Return the student of a file.

    Args:
        path: *.safetensors, of `impasto distill`.
        sha256: that the file must have, 64 digits; None if nobody said.

    Raises:
        WeightsError: it is missing, damaged, or holds no student.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise WeightsError(f"{path} is too large: it holds no student")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if sha256 is not None and found != sha256:
            raise WeightsError(f"{path} has SHA-256 {found}, must be {sha256}")
        with safe_open(path, framework="pt") as file:
            told = json.loads((file.metadata() or {})["student"])
            # Copies: a tensor of a file keeps all of it in memory.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        if told["format"] != FORMAT:
            raise WeightsError(f"{path} is of another version: distil it again")
        student = StudentWeights.of(tensors, told["facts"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path} does not hold a student ({error}): `impasto distill` makes one"
        ) from error
    if student.sha256 != told["sha256"]:
        raise WeightsError(f"{path} is damaged: distil the student again")
    return student
