"""The presets from picture to picture: seconds, memory, and what the judge says."""

import argparse
from collections.abc import Sequence

from benchmarks.clock import paint
from benchmarks.scores import HEAD, LEGEND, cells, judged
from benchmarks.table import show
from worker.engine import Preset, StyleEngine, StylizeOptions

SIZES_PX = (256, 512, 1024)
#: These take too long for a habit; `--all` measures them too.
LONG = frozenset(
    {
        (Preset.HIGH, 512),
        (Preset.DRAFT, 1024),
        (Preset.STANDARD, 1024),
        (Preset.HIGH, 1024),
    }
)


def main(words: Sequence[str]) -> None:
    """Print a row a size and preset."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks presets")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX))
    parser.add_argument("--presets", type=Preset, nargs="+", default=list(Preset))
    parser.add_argument("--all", action="store_true", help="the long ones as well")
    arguments = parser.parse_args(words)
    pairs = [
        (preset, size_px) for size_px in arguments.sizes for preset in arguments.presets
    ]
    rows = [measured(*pair) for pair in pairs if arguments.all or pair not in LONG]
    left_out = [
        f"{preset} at {size_px} px"
        for preset, size_px in pairs
        if (preset, size_px) in LONG and not arguments.all
    ]
    notes = [LEGEND]
    if left_out:
        notes.append(f"Not measured without --all: {', '.join(left_out)}.")
    head = ["size", "preset", "steps", "seconds", "peak memory", *HEAD]
    show("Presets", head, rows, notes)


def measured(preset: Preset, size_px: int) -> list[str]:
    """Paint once with a fresh engine, no style remembered; loading is not counted."""
    engine = StyleEngine.load()
    painted = paint(engine, StylizeOptions(size_px=size_px, preset=preset))
    return [
        f"{size_px} px",
        preset,
        str(painted.steps),
        f"{painted.seconds:.1f}",
        gibibytes(engine.peak_memory_bytes()),
        *cells(judged(painted.picture)),
    ]


def gibibytes(memory_bytes: int | None) -> str:
    """Return the memory for a person."""
    return "unknown" if memory_bytes is None else f"{memory_bytes / 2**30:.1f} GiB"
