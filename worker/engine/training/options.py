"""The choices for one training; they refuse nonsense on creation."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.contract.painting.choices import StyleLoss
from worker.engine.hyperparameters import Hyperparameters
from worker.engine.option_checks import require_integer, require_number

MIN_CROP_PX, MAX_CROP_PX = 64, 512
#: The network halves a picture twice.
CROP_GRID_PX = 4
MAX_STEPS, MAX_BATCH = 200_000, 64
MIN_LEARNING_RATE, MAX_LEARNING_RATE = 1e-5, 0.1
MIN_STYLE_SCALE, MAX_STYLE_SCALE = 0.25, 4.0


class Trained(StrEnum):
    """Which numbers of the network a training changes."""

    NORMS = "norms"
    ALL = "all"


#: Found by looking, 128 px, batches of 2.
_OWN_RATE = {Trained.NORMS: 0.03, Trained.ALL: 0.004}


def _training_numbers() -> Hyperparameters:
    """Return the engine's numbers, with the layers and weights of a training.

    Looked at with two paintings, 200 steps: at a content weight of 0.15 strokes are
    thin, at 0.08 the photograph is still whole (edges 0.81, of 0.85).
    """
    return Hyperparameters(
        style_layers={
            "relu1_1": 16.0,
            "relu2_1": 8.0,
            "relu3_1": 4.0,
            "relu4_1": 2.0,
        },
        content_layers={"relu3_3": 1.0},
        content_weight=0.08,
        total_variation_weight=0.3,
    )


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """What a training depends on besides its painting, its start and its photographs.

    Attributes:
        steps: of the optimizer.
        crop_px: side of the photographs' pieces, a multiple of 4.
        batch_size: pieces a step.
        trained: all numbers, or scale and shift of each channel alone.
        learning_rate: the largest; what suits `trained` if None.
        style_strength: 0 to 1; weighs as in a picture.
        content_strength: likewise.
        style_scale: of the painting's strokes.
        temporal: 0 to 1, steadiness for video; see `steadiness`.
        style_loss: the distance between style statistics. With `gram`, 60 steps leave
            the colours wrong that `wasserstein` has right.
        seed: of everything that is drawn.
        hyperparameters: layers and weights.
    """

    steps: int = 300
    crop_px: int = 128
    batch_size: int = 2
    trained: Trained = Trained.ALL
    learning_rate: float | None = None
    style_strength: float = 0.5
    content_strength: float = 0.5
    style_scale: float = 1.0
    temporal: float = 0.0
    style_loss: StyleLoss = StyleLoss.WASSERSTEIN
    seed: int = 0
    hyperparameters: Hyperparameters = field(default_factory=_training_numbers)

    def __post_init__(self) -> None:
        require_integer("steps", self.steps, 1, MAX_STEPS)
        require_integer("crop_px", self.crop_px, MIN_CROP_PX, MAX_CROP_PX)
        if self.crop_px % CROP_GRID_PX:
            raise ValueError(
                f"crop_px is {self.crop_px}, must be a multiple of {CROP_GRID_PX}"
            )
        require_integer("batch_size", self.batch_size, 1, MAX_BATCH)
        if self.learning_rate is not None:
            require_number(
                "learning_rate",
                self.learning_rate,
                MIN_LEARNING_RATE,
                MAX_LEARNING_RATE,
            )
        for name in ("style_strength", "content_strength", "temporal"):
            require_number(name, getattr(self, name), 0, 1)
        require_number(
            "style_scale", self.style_scale, MIN_STYLE_SCALE, MAX_STYLE_SCALE
        )
        require_integer("seed", self.seed, 0, None)
        object.__setattr__(self, "trained", Trained(self.trained))
        object.__setattr__(self, "style_loss", StyleLoss(self.style_loss))

    @property
    def largest_rate(self) -> float:
        """That of the middle of the training."""
        return self.learning_rate or _OWN_RATE[self.trained]
