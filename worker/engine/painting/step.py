"""What is reported while a job runs: sparse steps, each with a picture on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from worker.engine.painting.state import PaintingState


@dataclass(frozen=True)
class StepLosses:
    """Weighted losses that add up to `total`; comparable within one scale."""

    total: float
    content: float
    style: float
    total_variation: float


class StepView:
    """Lends out the current pictures and state; takes them back when the work goes on.

    Args:
        pictures: makes the pictures, one for each of the job's contents.
        state: makes the state.
    """

    def __init__(
        self,
        pictures: Callable[[], list[Image.Image]],
        state: Callable[[], PaintingState],
    ) -> None:
        self._makers: (
            tuple[Callable[[], list[Image.Image]], Callable[[], PaintingState]] | None
        ) = (pictures, state)

    def pictures(self) -> list[Image.Image]:
        """Return the pictures.

        Raises:
            RuntimeError: the work has gone on, or was closed.
        """
        return self._required()[0]()

    def state(self) -> PaintingState:
        """Return the state, likewise."""
        return self._required()[1]()

    def _required(
        self,
    ) -> tuple[Callable[[], list[Image.Image]], Callable[[], PaintingState]]:
        if self._makers is None:
            raise RuntimeError(
                "this step has passed: it can be read only until the generator "
                "is advanced or closed"
            )
        return self._makers

    def clear(self) -> None:
        """Forget the pictures and every tensor behind them."""
        self._makers = None


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
        is_last: whether the picture is the result.
        stopped_early: whether it is the result because `Controls.finish` was called.
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
    is_last: bool
    stopped_early: bool = False
    view: StepView = field(repr=False, compare=False)

    def picture(self) -> Image.Image:
        """Return the averaged pastiche in RGB at this rung's size.

        The result, at the last step, has the size that was asked for, however early
        it was stopped.

        Raises:
            RuntimeError: the generator was advanced or closed meanwhile.
        """
        return self.view.pictures()[0]

    def pictures(self) -> list[Image.Image]:
        """Return the pictures of a batch, in the order of its contents."""
        return self.view.pictures()

    def state(self) -> PaintingState:
        """Return what `StyleEngine.stylize` can go on from.

        Raises:
            ExceedsMemoryError: there is too little memory to save it.
            RuntimeError: the generator was advanced or closed meanwhile.
        """
        return self.view.state()
