"""One optimizer step: ours against the tutorial's and against bare convolutions.

Interleaved in one run, so that the ratios hold even where the seconds do not.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import torch

from benchmarks.ceiling import Ceiling
from benchmarks.clock import medians, now_s, own_step_s, timed
from benchmarks.naive import NaiveLoop
from benchmarks.pictures import as_tensor, content_picture, style_picture
from benchmarks.table import show
from worker.engine import StyleEngine, StyleLoss, StylizeOptions

#: Enough for several steps at the finest rung.
STEPS = 40
#: A step of the naive loop takes half a minute at 1024 px.
ROUNDS = {256: 3, 512: 2, 1024: 1}
NOTE = (
    "naive: the loop that tutorials teach, float32. ceiling: every convolution to "
    "relu5_1 forward and to its input, as plain direct calls in our precision; under "
    "100 % is possible only by computing convolutions otherwise."
)


def main(words: Sequence[str]) -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks step")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(ROUNDS))
    parser.add_argument("--rounds", type=int, help="3, 2 and 1 by default")
    parser.add_argument(
        "--style-loss", type=StyleLoss, default=StyleLoss.WASSERSTEIN, help="of ours"
    )
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="of the process instead of the clock's, for a busy machine and one thread",
    )
    arguments = parser.parse_args(words)
    clock = time.process_time if arguments.processor_time else now_s
    engine = StyleEngine.load()
    rows = []
    for size_px in arguments.sizes:
        ways = _ways(engine, size_px, arguments.style_loss, clock)
        seconds = medians(ways, arguments.rounds or ROUNDS.get(size_px, 1))
        rows.append(
            [
                f"{size_px} px",
                *(f"{each:.3f}" for each in seconds.values()),
                f"{seconds['naive'] / seconds['ours']:.1f}",
                f"{seconds['ours'] / seconds['ceiling']:.0%}",
            ]
        )
    description = engine.describe()
    show(
        f"Seconds a step, {description.threads} threads, ours in "
        f"{description.precision}",
        ["long side", *seconds, "naive / ours", "ours / ceiling"],
        rows,
        [NOTE],
    )


def _ways(
    engine: StyleEngine,
    size_px: int,
    style_loss: StyleLoss,
    clock: Callable[[], float],
) -> dict[str, Callable[[], float]]:
    """Return what is measured at a size, by name."""
    description = engine.describe()
    dtype, device = getattr(torch, description.precision), description.device
    naive = NaiveLoop(
        as_tensor(content_picture(), size_px).to(device),
        as_tensor(style_picture(), size_px).to(device),
    )
    ceiling = Ceiling(size_px, dtype, device)
    options = StylizeOptions(size_px=size_px, steps=STEPS, style_loss=style_loss)
    return {
        "naive": lambda: timed(naive.step, clock),
        "ceiling": lambda: ceiling.step_s(clock),
        "ours": lambda: own_step_s(engine, options, clock),
    }
