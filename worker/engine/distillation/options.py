"""The choices for one distillation; they refuse nonsense on creation."""

from dataclasses import dataclass

from worker.engine.option_checks import require_integer, require_number

#: The deepest maps of smaller pieces have hardly any positions.
MIN_CROP_PX, MAX_CROP_PX = 64, 512
CROP_GRID_PX = 16
MAX_STEPS, MAX_BATCH = 200_000, 64
MIN_RATE, MAX_RATE = 1e-6, 0.1


@dataclass(frozen=True, kw_only=True)
class DistillationOptions:
    """What a student depends on besides its teacher, backbone and photographs.

    Attributes:
        steps: on feature maps.
        gradient_steps: after them, on the gradient of a style loss as well.
        fitted_batches: that the adapters are fitted on before the first step.
        crop_px: side of the photographs' pieces, a multiple of 16.
        batch_size: pieces a step.
        learning_rate: the largest, of Adam.
        gradient_weight: of the gradient's part, against the mean over the layers.
        seed: of everything that is drawn.
    """

    steps: int = 200
    gradient_steps: int = 30
    fitted_batches: int = 12
    crop_px: int = 96
    batch_size: int = 4
    learning_rate: float = 0.0015
    gradient_weight: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt."""
        require_integer("steps", self.steps, 0, MAX_STEPS)
        require_integer("gradient_steps", self.gradient_steps, 0, MAX_STEPS)
        require_integer("fitted_batches", self.fitted_batches, 1, MAX_STEPS)
        require_integer("crop_px", self.crop_px, MIN_CROP_PX, MAX_CROP_PX)
        if self.crop_px % CROP_GRID_PX:
            raise ValueError(
                f"crop_px is {self.crop_px}, must be a multiple of {CROP_GRID_PX}"
            )
        require_integer("batch_size", self.batch_size, 2, MAX_BATCH)
        require_number("learning_rate", self.learning_rate, MIN_RATE, MAX_RATE)
        require_number("gradient_weight", self.gradient_weight, 0, 100)
        require_integer("seed", self.seed, 0, None)

    @property
    def total_steps(self) -> int:
        """Of both stages."""
        return self.steps + self.gradient_steps
