"""One optimizer step: ours against the tutorial's, interleaved in one run."""

import statistics
import threading
import time
from collections.abc import Callable

import torch

from benchmarks.naive import NaiveLoop
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show
from worker.engine import StyleEngine, StyleLoss, StylizeOptions
from worker.engine.images import to_tensor

ROUNDS = 3
SIZES_PX = (256, 512)


def main() -> None:
    """Print a row a size."""
    engine = StyleEngine.load()
    float32 = StyleEngine.load(precision="float32")
    rows = []
    for size_px in SIZES_PX:
        height_px = size_px * 3 // 4
        content = to_tensor(content_picture(), size_px, height_px)
        style = to_tensor(style_picture(), size_px, height_px)
        naive = NaiveLoop(content, style)
        ways: dict[str, Callable[[], float]] = {
            "naive": lambda naive=naive: timed(naive.step),
            "ours": lambda size_px=size_px: own_step_s(engine, size_px),
            "ours float32": lambda size_px=size_px: own_step_s(float32, size_px),
            "ours Gram": lambda size_px=size_px: own_step_s(
                engine, size_px, StyleLoss.GRAM
            ),
        }
        rows.append(row(size_px, ways))
    precision = engine.describe().precision
    show(
        f"Seconds a step, {torch.get_num_threads()} threads, ours in {precision}",
        ["long side", *ways, "naive / ours"],
        rows,
    )


def row(size_px: int, ways: dict[str, Callable[[], float]]) -> list[str]:
    """Measure every way in turn, several times; take medians and their ratio."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, measure in ways.items():
            seconds[name].append(measure())
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    ratio = medians["naive"] / medians["ours"]
    cells = [f"{each:.3f}" for each in medians.values()]
    return [f"{size_px} px", *cells, f"{ratio:.1f}"]


def own_step_s(
    engine: StyleEngine, size_px: int, style_loss: StyleLoss = StyleLoss.WASSERSTEIN
) -> float:
    """Return the mean time of the finest rung's steps after its first."""
    options = StylizeOptions(size_px=size_px, steps=40, seed=0, style_loss=style_loss)
    steps = engine.stylize(
        content_picture(),
        style_picture(),
        options,
        stop=threading.Event(),
        report_interval_s=0,
    )
    times = [
        (step.step, time.perf_counter())
        for step in steps
        if step.scale == step.total_scales
    ]
    (first, began_s), (last, ended_s) = times[0], times[-1]
    return (ended_s - began_s) / (last - first)


def timed(action: Callable[[], None]) -> float:
    """Return the seconds that the action took."""
    began_s = time.perf_counter()
    action()
    return time.perf_counter() - began_s
