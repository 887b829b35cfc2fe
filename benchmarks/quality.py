"""The floor: `standard` is as good as 500 steps of the naive loop, in 1/50 of its time.

The naive loop takes an hour at 512 px on two cores, so this is no habit:
`python -m benchmarks quality --size 256` takes a quarter of that.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence

from benchmarks.clock import Painted, now_s, paint, timed
from benchmarks.naive import NaiveLoop, SamePicture
from benchmarks.pictures import as_picture, as_tensor, content_picture, style_picture
from benchmarks.scores import HEAD, LEGEND, cells, judged
from benchmarks.table import show
from worker.engine import QualityReport, StyleEngine, StylizeOptions

STEPS = 500
TIMES_FASTER = 50
TIMED_STEPS = 5


def main(words: Sequence[str]) -> None:
    """Print both pictures' seconds and scores, and whether the floor holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quality")
    parser.add_argument("--size", type=int, default=512, help="long side in pixels")
    parser.add_argument("--steps", type=int, default=STEPS, help="of the naive loop")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="make the naive loop's picture without its waste; its time is that of "
        f"{TIMED_STEPS} real steps, multiplied",
    )
    arguments = parser.parse_args(words)
    engine = StyleEngine.load()
    ours = paint(engine, StylizeOptions(size_px=arguments.size))
    way = _paint_without_waste if arguments.quick else _paint_naively
    naive = way(arguments.size, arguments.steps, engine.describe().device)
    own_report, naive_report = judged(ours.picture), judged(naive.picture)
    show(
        f"Standard against {naive.steps} steps of the naive loop, {arguments.size} px",
        ["picture", "steps", "seconds", *HEAD],
        [
            ["standard", str(ours.steps), f"{ours.seconds:.1f}", *cells(own_report)],
            ["naive", str(naive.steps), f"{naive.seconds:.1f}", *cells(naive_report)],
        ],
        [LEGEND, *_verdict(naive.seconds / ours.seconds, own_report, naive_report)],
    )


def _paint_naively(size_px: int, steps: int, device: str) -> Painted:
    """Take so many steps of the naive loop; the time it will take goes to stderr."""
    loop = NaiveLoop(
        as_tensor(content_picture(), size_px).to(device),
        as_tensor(style_picture(), size_px).to(device),
    )
    began_s = now_s()
    first_s = timed(loop.step)
    print(f"the naive loop: {first_s * steps / 60:.0f} minutes", file=sys.stderr)
    for _ in range(steps - 1):
        loop.step()
    return Painted(as_picture(loop.image), steps, now_s() - began_s)


def _paint_without_waste(size_px: int, steps: int, device: str) -> Painted:
    """Return the picture that the naive loop would make, and the time it would take."""
    pair = (
        as_tensor(content_picture(), size_px).to(device),
        as_tensor(style_picture(), size_px).to(device),
    )
    real, same = NaiveLoop(*pair), SamePicture(*pair)
    real.step()  # the first one takes longer
    step_s = statistics.median(timed(real.step) for _ in range(TIMED_STEPS))
    for _ in range(steps):
        same.step()
    return Painted(as_picture(same.image), steps, step_s * steps)


def _verdict(
    times_faster: float, ours: QualityReport, naive: QualityReport
) -> list[str]:
    """Return what the floor asks for, one line each, and whether it is so."""
    demands = {
        f"{times_faster:.1f} times as fast, floor {TIMES_FASTER}": (
            times_faster >= TIMES_FASTER
        ),
        "strokes as near the painting's": (
            ours.style_error_shallow <= naive.style_error_shallow
        ),
        "forms as near the painting's": (
            ours.style_error_deep <= naive.style_error_deep
        ),
        "palette as near the painting's": (
            ours.palette_distance <= naive.palette_distance
        ),
        "content as near the photograph's": ours.content_error <= naive.content_error,
        "edges as near the photograph's": (
            ours.edge_correlation >= naive.edge_correlation
        ),
    }
    return [f"- {'yes' if held else 'NO'}: {what}" for what, held in demands.items()]
