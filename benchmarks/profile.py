"""Where the time of an optimizer step goes: shares by kind of work.

Torch's profiler tells each operation's own time and what called it. Our Winograd
kernels are no operation of torch's: their time is that of the function around them,
rectifiers and masks included, which they compute on the way.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.clock import timed
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.painting.iteration_state import IterationState

SIZES_PX = (128, 256, 512)
#: Steps that are timed, and as many that are profiled.
PROFILED = 4
CONVOLUTIONS, RECTIFIERS = "convolutions", "rectifiers, masks"
COPIES, OPTIMIZER = "copies, conversions", "optimizer"
ROOTS, REST = "matrix roots", "rest"
#: By a part of the operation's name, the most particular first.
OPERATIONS = {
    "_convolution": CONVOLUTIONS,
    "_RectifiedConvolution": CONVOLUTIONS,
    "_PooledConvolution": CONVOLUTIONS,
    "relu": RECTIFIERS,
    "threshold": RECTIFIERS,
    "aten::copy_": COPIES,
    "aten::contiguous": COPIES,
    "aten::clone": COPIES,
    "aten::_to_copy": COPIES,
}
#: By a part of the name of something around the operation, the most particular first.
CALLERS = {
    OPTIMIZER: OPTIMIZER,
    "_TraceOfRoot": ROOTS,
    "_Sums": "statistics",
    "_PooledConvolution": CONVOLUTIONS,
    "Pool": "pooling",
    "_RectifiedConvolution": CONVOLUTIONS,
}
#: Products outside of the statistics bring matrices to the roots and back.
PRODUCTS = ("aten::mm", "aten::bmm", "aten::baddbmm", "aten::addmm")
KINDS = (
    *dict.fromkeys([*OPERATIONS.values(), *CALLERS.values()]),
    REST,
)
NOTE = (
    "Winograd's convolutions include pooling, rectifiers and masks but those of "
    "relu1_1, which torch computes. Matrix roots include the products around them. "
    "Profiling slows small operations down. The last row is without profiling."
)


def main(words: Sequence[str]) -> None:
    """Print one row a kind of work, one column a size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks profile")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    sizes_px = parser.parse_args(words).sizes
    engine = StyleEngine.load()
    measured = [profiled(engine, size_px) for size_px in sizes_px]
    rows = [
        [kind, *(f"{found[kind] / found.total():.1%}" for found, _ in measured)]
        for kind in KINDS
    ]
    rows.append(["seconds a step", *(f"{step_s:.3f}" for _, step_s in measured)])
    told = engine.describe()
    show(
        f"Where a step's time goes, {told.precision}, {told.convolutions}, "
        f"{told.threads} threads",
        ["work", *(f"{size_px} px" for size_px in sizes_px)],
        rows,
        [NOTE],
    )


def profiled(engine: StyleEngine, size_px: int) -> tuple[Counter[str], float]:
    """Return the time of each kind of work, and the seconds of an unprofiled step."""
    steps_in_all = 2 * PROFILED + 2  # the first also looks at the painting
    options = StylizeOptions(size_px=size_px, rungs=((size_px, steps_in_all),))
    steps = engine.stylize(
        content_picture(), style_picture(), options, report_interval_s=0
    )
    with marked_optimizer():
        next(steps)

        def several() -> None:
            for _ in range(PROFILED):
                next(steps)

        step_s = timed(several) / PROFILED
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            several()
    return times_by_kind(profiler.events() or ()), step_s


@contextmanager
def marked_optimizer() -> Iterator[None]:
    """Make the optimizer's operations known by a range around them."""
    move = IterationState.move

    def marked(*arguments: object) -> None:
        with record_function(OPTIMIZER):
            move(*arguments)  # type: ignore[arg-type]  # handed on as they came

    with patch.object(IterationState, "move", marked):
        yield


def times_by_kind(events: Iterable[FunctionEvent]) -> Counter[str]:
    """Return the microseconds that each of `KINDS` took."""
    times: Counter[str] = Counter()
    for event in events:
        times[_kind(event)] += event.self_cpu_time_total
    return times


def _kind(event: FunctionEvent) -> str:
    around, caller = [event.name], event.cpu_parent
    while caller is not None:
        around.append(caller.name)
        caller = caller.cpu_parent
    if not any(OPTIMIZER in name for name in around):
        for part, kind in OPERATIONS.items():
            if part in event.name:
                return kind
    for part, kind in CALLERS.items():
        if any(part in name for name in around):
            return kind
    return ROOTS if event.name in PRODUCTS else REST
