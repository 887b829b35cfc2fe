"""When a step is reported, and what it says."""

import math
import time

import torch

from app.contract.painting.ladder import Rung
from worker.engine.errors import NumericalDivergenceError
from worker.engine.losses.objective import Losses, LossWeights
from worker.engine.painting.iteration_state import IterationState
from worker.engine.painting.step import Step, StepLosses, StepView

#: A loss that grows to so many times the least of its rung has exploded.
_EXPLOSION = 100.0
#: A least loss below this part of the losses' weights counts as so much: between equal
#: pictures losses are rounding, of either sign, and any growth would be endless.
_LEAST_PART = 0.1
_ADVICE = (
    "try a lower learning rate or style strength, another seed, or float32 precision"
)


class Progress:
    """Counts the steps of one job over all its rungs.

    Args:
        rungs: the ladder.
        interval_s: wall time between reports; the first and the last step of each
            rung are always reported, with 0 every step is.
    """

    def __init__(self, rungs: tuple[Rung, ...], interval_s: float) -> None:
        self._interval_s = interval_s
        self._started_s = time.monotonic()
        self._reported_s = self._started_s
        self._least_total = math.inf
        self._floor = 0.0
        self.follow(rungs)

    def follow(self, rungs: tuple[Rung, ...]) -> None:
        """Count by this ladder from now on: its last rung may have other steps."""
        self._rungs = rungs
        self._total_steps = sum(rung.steps for rung in rungs)
        self._total_work = sum(rung.work for rung in rungs)

    def begin_rung(self, weights: LossWeights) -> None:
        """Losses of another rung, or of other weights, do not compare."""
        self._least_total = math.inf
        self._floor = _LEAST_PART * (weights.content + weights.style)

    def is_due(self, iteration: IterationState) -> bool:
        """Tell whether to report the step that was just taken."""
        if iteration.step == 1 or iteration.is_rung_done:
            return True
        return time.monotonic() - self._reported_s >= self._interval_s

    def read(self, iteration: IterationState, losses: Losses) -> StepLosses:
        """Bring the losses from the device, all at once; the mean over the pictures.

        Raises:
            NumericalDivergenceError: they are not finite, or have exploded, or the
                picture is not finite.
        """
        on_device = torch.stack(
            (losses.content, losses.style, losses.total_variation)
        ).mean(dim=1)
        content, style, total_variation = on_device.tolist()
        total = content + style + total_variation
        most = _EXPLOSION * max(self._least_total, self._floor)
        if not math.isfinite(total) or total > most:
            raise NumericalDivergenceError(
                f"the losses at step {iteration.steps_taken} are "
                f"content {content:.4g}, "
                f"style {style:.4g}, total variation {total_variation:.4g}: {_ADVICE}"
            )
        # The losses are those before the last move, which can still have failed: into
        # the picture (an average keeps what it saw) or into what is tried next.
        is_sound = (
            iteration.picture().isfinite().all() & iteration.image.isfinite().all()
        )
        if not bool(is_sound):
            raise NumericalDivergenceError(
                f"the picture is not finite after step {iteration.steps_taken}: "
                f"{_ADVICE}"
            )
        self._least_total = min(self._least_total, total)
        return StepLosses(total, content, style, total_variation)

    def step(
        self,
        iteration: IterationState,
        losses: StepLosses,
        view: StepView,
        *,
        is_last: bool,
        stopped_early: bool,
    ) -> Step:
        """Return what is told of the step that was just taken."""
        rung, done = iteration.here, self._rungs[: iteration.rung]
        work = sum(each.work for each in done) + iteration.step * rung.pixels
        return Step(
            step=iteration.steps_taken,
            total_steps=self._total_steps,
            scale=iteration.rung + 1,
            total_scales=len(self._rungs),
            width_px=rung.width_px,
            height_px=rung.height_px,
            fraction=1.0 if is_last else work / self._total_work,
            losses=losses,
            elapsed_s=time.monotonic() - self._started_s,
            is_last=is_last,
            stopped_early=stopped_early,
            view=view,
        )

    def reported(self) -> None:
        """Start the time until the next report: whoever looks takes time too."""
        self._reported_s = time.monotonic()
