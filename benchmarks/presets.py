"""The presets from picture to picture: seconds and memory, styles not remembered."""

import time

from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show
from worker.engine import Preset, StyleEngine, StylizeOptions

SIZES_PX = (256, 512, 1024)


def main() -> None:
    """Print a row a preset and size; `high` at 1024 px takes too long for a habit."""
    rows = [
        measured(preset, size_px)
        for size_px in SIZES_PX
        for preset in Preset
        if (preset, size_px) != (Preset.HIGH, 1024)
    ]
    show("Presets", ["size", "preset", "steps", "seconds", "peak memory"], rows)


def measured(preset: Preset, size_px: int) -> list[str]:
    """Paint once with a fresh engine; loading is not counted."""
    engine = StyleEngine.load()
    options = StylizeOptions(size_px=size_px, preset=preset, seed=0)
    began_s = time.perf_counter()
    steps = engine.stylize(content_picture(), style_picture(), options)
    for step in steps:
        last = step
        if step.is_last:
            step.picture()
    seconds = time.perf_counter() - began_s
    memory = engine.peak_memory_bytes()
    gib = "unknown" if memory is None else f"{memory / 2**30:.1f} GiB"
    return [f"{size_px} px", preset, str(last.total_steps), f"{seconds:.1f}", gib]
