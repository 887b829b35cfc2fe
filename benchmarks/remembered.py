"""What it saves that an engine has met the painting before.

One step a scale: the rest of the time goes into looking at pictures, and the first
step of a scale is where the look at its painting is paid.
"""

import argparse
from collections.abc import Callable, Sequence

from benchmarks.clock import medians, timed
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show
from worker.engine import StyleEngine, StylizeOptions

SIZES_PX = (256, 512)
ROUNDS = 3
#: The standard ladder's, those above the size left out.
SCALES_PX = (128, 181, 256, 362, 512)
NOTE = (
    "Seconds of a whole job with one step a scale, interleaved: by an engine without a "
    "cache, and by one that has this painting in its cache. Photographs are not kept."
)


def main(words: Sequence[str]) -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks remembered")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args(words)
    # Both keep their networks warm; one forgets each painting at once.
    engines = {
        "new": StyleEngine.load(style_cache_bytes=0),
        "known": StyleEngine.load(),
    }
    rows = []
    for size_px in arguments.sizes:
        ways = {name: _way(engine, size_px) for name, engine in engines.items()}
        for warm_up in ways.values():
            warm_up()
        seconds = medians(ways, arguments.rounds)
        saved = seconds["new"] - seconds["known"]
        row = [f"{size_px} px", *(f"{each:.2f}" for each in seconds.values())]
        rows.append([*row, f"{saved:.2f}", f"{saved / seconds['new']:.0%}"])
    head = ["long side", "painting new", "painting known", "saved", "part"]
    show("A painting that was met before", head, rows, [NOTE])


def _way(engine: StyleEngine, size_px: int) -> Callable[[], float]:
    scales_px = [*(each for each in SCALES_PX if each < size_px), size_px]
    options = StylizeOptions(size_px=size_px, rungs=[(px, 1) for px in scales_px])
    return lambda: timed(
        lambda: list(engine.stylize(content_picture(), style_picture(), options))
    )
