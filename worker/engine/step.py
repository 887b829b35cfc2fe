"""What the press tells while it works: sparse steps, each with a picture on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image


@dataclass(frozen=True)
class StepLosses:
    """Weighted losses that add up to `total`; comparable within one scale."""

    total: float
    content: float
    style: float
    total_variation: float


class Easel:
    """Lends out the current picture and takes it back when the work goes on."""

    def __init__(self, paint: Callable[[], Image.Image]) -> None:
        self._paint: Callable[[], Image.Image] | None = paint

    def picture(self) -> Image.Image:
        """Return the picture.

        Raises:
            RuntimeError: the work has gone on, or was closed.
        """
        if self._paint is None:
            raise RuntimeError(
                "this step has passed: picture() is valid only until the generator "
                "is advanced or closed"
            )
        return self._paint()

    def clear(self) -> None:
        """Forget the picture and every tensor behind it."""
        self._paint = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One reported step of the optimization.

    Attributes:
        step: 1-based, over all scales.
        total_steps: over all scales.
        scale: 1-based rung of the ladder, from coarse to fine.
        total_scales: number of rungs.
        width_px: of the pastiche at this rung.
        height_px: likewise.
        fraction: of the work (pixels times steps), 0 to 1; 1.0 at the last step.
        losses: of the iterate that this step started from.
        elapsed_s: since the job began.
    """

    step: int
    total_steps: int
    scale: int
    total_scales: int
    width_px: int
    height_px: int
    fraction: float
    losses: StepLosses
    elapsed_s: float
    easel: Easel = field(repr=False, compare=False)

    @property
    def is_last(self) -> bool:
        """Whether the picture is the result."""
        return self.step == self.total_steps

    def picture(self) -> Image.Image:
        """Return the averaged pastiche in RGB at this rung's size.

        Raises:
            RuntimeError: the generator was advanced or closed meanwhile.
        """
        return self.easel.picture()
