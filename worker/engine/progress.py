"""When a step is reported, and what it says."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from .errors import NumericalDivergenceError
from .images import to_picture, unframed
from .objective import Losses
from .optimize import AveragedIterate
from .scales import Rung
from .step import Easel, Step, StepLosses


class Progress:
    """Counts the steps of one job over all its rungs.

    Args:
        rungs: the ladder.
        interval_s: wall time between reports; the first and the last step of each
            rung are always reported, with 0 every step is.
        finish: gives a pastiche the colours it shall have.
    """

    def __init__(
        self,
        rungs: tuple[Rung, ...],
        interval_s: float,
        finish: Callable[[Tensor], Tensor],
    ) -> None:
        self._rungs = rungs
        self._finish = finish
        self._interval_s = interval_s
        self._started_s = time.monotonic()
        self._reported_s = self._started_s
        self._total_steps = sum(rung.steps for rung in rungs)
        self._total_work = sum(rung.work for rung in rungs)

    def is_due(self, scale: int, number: int) -> bool:
        """Tell whether to report step `number` (from 1) of rung `scale` (from 1)."""
        if number in {1, self._rungs[scale - 1].steps}:
            return True
        return time.monotonic() - self._reported_s >= self._interval_s

    @contextmanager
    def report(
        self, scale: int, number: int, losses: Losses, average: AveragedIterate
    ) -> Iterator[Step]:
        """Give a step whose picture can be had until the block ends.

        Raises:
            NumericalDivergenceError: a loss, or the last picture, is not finite.
        """
        rung, done = self._rungs[scale - 1], self._rungs[: scale - 1]
        step = sum(each.steps for each in done) + number
        work = sum(each.work for each in done) + number * rung.width_px * rung.height_px
        read = _read(losses, step)
        if step == self._total_steps:
            _require_finite(average, step)
        easel = Easel(lambda: to_picture(self._finish(unframed(average.image()))))
        try:
            yield Step(
                step=step,
                total_steps=self._total_steps,
                scale=scale,
                total_scales=len(self._rungs),
                width_px=rung.width_px,
                height_px=rung.height_px,
                fraction=work / self._total_work,
                losses=read,
                elapsed_s=time.monotonic() - self._started_s,
                easel=easel,
            )
        finally:
            easel.clear()
            self._reported_s = time.monotonic()


def _read(losses: Losses, step: int) -> StepLosses:
    """Bring the losses from the device, all at once."""
    on_device = torch.stack((losses.content, losses.style, losses.total_variation))
    content, style, total_variation = on_device.tolist()
    total = content + style + total_variation
    if not math.isfinite(total):
        raise NumericalDivergenceError(
            f"the losses at step {step} are content {content}, style {style}, total "
            f"variation {total_variation}: try a lower style strength, another seed, "
            "or float32 precision"
        )
    return StepLosses(total, content, style, total_variation)


def _require_finite(average: AveragedIterate, step: int) -> None:
    """The losses are those before the last move, which can still have failed."""
    if not bool(average.image().isfinite().all()):
        raise NumericalDivergenceError(f"the picture is not finite after step {step}")
