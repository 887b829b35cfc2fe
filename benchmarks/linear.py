"""How time and memory grow with the picture: in proportion to its pixels, or worse."""

import argparse
from collections.abc import Sequence

from benchmarks.clock import medians, own_step_s
from benchmarks.pictures import at_size, content_picture
from benchmarks.presets import gibibytes
from benchmarks.table import show
from worker.engine import Preset, StyleEngine, StylizeOptions

SIZES_PX = (128, 256, 512, 1024, 2048)
#: The large ones are long enough to be steady.
ROUNDS = {128: 3, 256: 3, 512: 3}
#: By size, so that the finest rung of a draft has two steps or more: at 2048 px one
#: takes half a minute.
STEPS = {128: 40, 256: 40, 512: 40, 1024: 40, 2048: 36}
NOTE = (
    "Growth is linear where 'against least' stays near 1. Peak memory is the whole "
    "process's on a CPU, torch and the network's weights included."
)


def main(words: Sequence[str]) -> None:
    """Print a row a size, from small to large: freed memory is then no disguise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks linear")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    sizes_px = sorted(parser.parse_args(words).sizes)
    engine = StyleEngine.load()
    measurements = [(size_px, *_measured(engine, size_px)) for size_px in sizes_px]
    fewest = min(per_megapixel for *_, per_megapixel in measurements)
    rows = [
        [
            f"{size_px} px",
            f"{megapixels:.3f}",
            f"{step_s:.3f}",
            f"{per_megapixel:.2f}",
            f"{per_megapixel / fewest:.2f}",
            gibibytes(memory_bytes),
        ]
        for size_px, megapixels, step_s, memory_bytes, per_megapixel in measurements
    ]
    description = engine.describe()
    show(
        f"Growth with the picture, {description.precision}, "
        f"{description.threads} threads",
        ["long side", "megapixels", "s/step", "s/step/MP", "against least", "peak"],
        rows,
        [NOTE],
    )


def _measured(
    engine: StyleEngine, size_px: int
) -> tuple[float, float, int | None, float]:
    """Return megapixels, seconds a step, peak memory, seconds a step and megapixel."""
    width_px, height_px = at_size(content_picture(), size_px).size
    megapixels = width_px * height_px / 1e6
    options = StylizeOptions(
        size_px=size_px, preset=Preset.DRAFT, steps=STEPS.get(size_px, 40)
    )
    rounds = ROUNDS.get(size_px, 1)
    step_s = medians({"ours": lambda: own_step_s(engine, options)}, rounds)["ours"]
    return megapixels, step_s, engine.peak_memory_bytes(), step_s / megapixels
