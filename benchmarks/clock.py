"""How seconds are taken: after the device has finished, in rounds, as medians."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from PIL import Image

from benchmarks.pictures import content_picture, style_picture
from worker.engine import StyleEngine, StylizeOptions


@dataclass(frozen=True)
class Painted:
    """A finished picture and what it took.

    Attributes:
        steps: of the optimizer, over all scales.
        seconds: from pictures to picture; loading the engine is not counted.
    """

    picture: Image.Image
    steps: int
    seconds: float


def now_s() -> float:
    """Return the time at which everything that was asked of the device is done."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def timed(action: Callable[[], object], clock: Callable[[], float] = now_s) -> float:
    """Return the seconds that the action took."""
    began_s = clock()
    action()
    return clock() - began_s


def medians(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Measure every way in turn, several times, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            seconds[name].append(measure())
    return {name: statistics.median(each) for name, each in seconds.items()}


def own_step_s(
    engine: StyleEngine, options: StylizeOptions, clock: Callable[[], float] = now_s
) -> float:
    """Return the mean time of the finest rung's steps after its first.

    The first one also looks at the painting.

    Raises:
        RuntimeError: the finest rung has only one step; ask for more.
    """
    steps = engine.stylize(
        content_picture(), style_picture(), options, report_interval_s=0
    )
    times = [(step.step, clock()) for step in steps if step.scale == step.total_scales]
    (first, began_s), (last, ended_s) = times[0], times[-1]
    if last == first:
        raise RuntimeError(f"one step at {options.size_px} px is too few to measure")
    return (ended_s - began_s) / (last - first)


def paint(
    engine: StyleEngine,
    options: StylizeOptions,
    pair: tuple[Image.Image, Image.Image] | None = None,
) -> Painted:
    """Make one picture of a pair (content, style), by default ours."""
    content, style = pair or (content_picture(), style_picture())
    began_s = now_s()
    for step in engine.stylize(content, style, options):
        if step.is_last:
            return Painted(step.picture(), step.total_steps, now_s() - began_s)
    raise RuntimeError("the engine ended without a last step")
